"""Emergency access, and its mark on the record, set by the database so that nothing that reads or changes forgets it."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MARK = """
CREATE FUNCTION offenders_mark_emergency() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE opened jsonb;
BEGIN
  SELECT jsonb_agg(e.id) INTO opened FROM offenders_emergencyaccess e
    WHERE e.user_id = NEW.by_id AND e.closes_at > NEW.at AND e.opened_at <= NEW.at
      AND e.offender_id = ANY (NEW.offenders);
  IF opened IS NOT NULL THEN
    NEW.detail := NEW.detail || jsonb_build_object('emergency', opened);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER offenders_emergency_is_marked BEFORE INSERT ON audit_event
FOR EACH ROW WHEN (NEW.by_id IS NOT NULL AND NEW.offenders <> '{}')
EXECUTE FUNCTION offenders_mark_emergency();
"""

UNMARK = """
DROP TRIGGER offenders_emergency_is_marked ON audit_event;
DROP FUNCTION offenders_mark_emergency();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("offenders", "0007_amend"),
        ("audit", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EmergencyAccess',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('opened_at', models.DateTimeField(editable=False)),
                ('closes_at', models.DateTimeField(editable=False)),
                ('status', models.CharField(choices=[('waiting', 'To be reviewed'), ('reviewed', 'Reviewed')], default='waiting', editable=False, max_length=10)),
                ('reviewed_at', models.DateTimeField(editable=False, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('needed', 'It was needed'), ('not_needed', 'It was not needed')], editable=False, max_length=10)),
                ('note', models.TextField(blank=True, editable=False, help_text='What was looked into, and what follows.')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='emergencies', to='partners.agency')),
                ('offender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='emergencies', to='offenders.offender')),
                ('reviewed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='emergencies_reviewed', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='emergencies', to='partners.unit')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='emergencies', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'emergency access',
                'verbose_name_plural': 'emergency accesses',
                'ordering': ['-opened_at', '-id'],
                'permissions': [('open_emergency', 'Can open a person in an emergency'), ('review_emergency', 'Can review what others opened in an emergency')],
                'default_permissions': ['view'],
                'indexes': [models.Index(fields=['user', 'closes_at'], name='emergency_of_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opened_at'))), name='emergency_closes_after_it_opens'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='emergency_says_why'), models.CheckConstraint(condition=models.Q(('reviewed_by', None), models.Q(('reviewed_by', models.F('user')), _negated=True), _connector='OR'), name='emergency_is_reviewed_by_another', violation_error_message='Whoever opened it cannot review it. Ask another supervisor.'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('reviewed_at', None), ('reviewed_by', None), ('status', 'waiting')), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), ('status', 'reviewed'), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='reviewed_emergency_says_by_whom_and_what'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('offender', '='), ('user', '='), ('agency', '='), (models.Func('opened_at', 'closes_at', django.contrib.postgres.fields.ranges.RangeBoundary(), function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='emergency_is_opened_once_at_a_time', violation_error_message='You have opened this person already.')],
            },
        ),
        migrations.RunSQL(MARK, UNMARK),
    ]
