"""Restrictions as proposals that another person decides; emergency access, and its mark on the record.

The mark is set by the database, so that nothing that reads or changes can forget it.
"""
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
import uuid
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
        ('offenders', '0003_amendments_stay'),
        ('audit', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Restriction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('what', models.CharField(choices=[('restrict', 'Restrict to named people'), ('change', 'Change who is named'), ('end', 'End the restriction')], max_length=10)),
                ('status', models.CharField(choices=[('proposed', 'Waiting for another person'), ('agreed', 'Agreed'), ('refused', 'Refused')], default='proposed', editable=False, max_length=10)),
                ('reason', models.TextField()),
                ('proposed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('decided_at', models.DateTimeField(editable=False, null=True)),
                ('decision_reason', models.TextField(blank=True, editable=False, verbose_name='why it was decided so')),
                ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restrictions_decided', to=settings.AUTH_USER_MODEL)),
                ('offender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='offenders.offender')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions_proposed', to=settings.AUTH_USER_MODEL)),
                ('users', models.ManyToManyField(blank=True, help_text='Who is to be named, with whoever proposes and whoever agrees.', related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-proposed_at', '-id'],
                'default_permissions': ['view'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('offender',), name='person_has_one_restriction_proposed', violation_error_message='Something is proposed for this person already. That is to be decided first.'), models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='restriction_is_decided_by_another', violation_error_message='Whoever proposed it cannot decide it. Ask another supervisor.'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'proposed')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['agreed', 'refused'])), _connector='OR'), name='decided_restriction_says_by_whom_and_when'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='restriction_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('decision_reason', ''), _negated=True), _connector='OR'), name='refused_restriction_says_why', violation_error_message='Say why not.')],
            },
        ),
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
