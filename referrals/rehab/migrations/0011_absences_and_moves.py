# Deferred, because an amendment of the day of a move changes two rows, one after the other.

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


JOURNEY = """
CREATE FUNCTION rehab_keep_journey() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (
    SELECT FROM rehab_placement leg JOIN rehab_placement before ON before.id = leg.continues_id
    WHERE NEW.id IN (leg.id, before.id) AND (
      leg.arrived_on IS DISTINCT FROM before.departed_on OR leg.case_id <> before.case_id
      OR before.departure_reason <> 'moved_unit'
    )
  ) THEN
    RAISE EXCEPTION 'A move ends one stay and begins the next on one day, on one case.'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'move_is_one_day_of_one_case';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER rehab_placement_journey
AFTER INSERT OR UPDATE OF continues_id, arrived_on, departed_on, departure_reason, case_id ON rehab_placement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rehab_keep_journey();
"""

NO_JOURNEY = """
DROP TRIGGER rehab_placement_journey ON rehab_placement;
DROP FUNCTION rehab_keep_journey;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0010_messages'),
        ('rehab', '0010_funding_and_unit_costs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('agreed', 'Time away that was agreed'), ('appointment', 'An appointment'), ('hospital', 'Hospital'), ('court', 'Court, probation or police'), ('unagreed', 'Went without agreeing it')], max_length=12, verbose_name='why')),
                ('left_at', models.DateTimeField(verbose_name='when they left')),
                ('due_back', models.DateTimeField(verbose_name='when they are due back')),
                ('returned_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='when they came back')),
                ('status', models.CharField(choices=[('away', 'Away'), ('returned', 'Came back'), ('gone', 'Did not come back')], default='away', editable=False, max_length=10)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-left_at', '-id'],
                'permissions': [('return_absence', 'Absence: record the return')],
                'default_permissions': ['view', 'add'],
            },
        ),
        migrations.AlterModelOptions(
            name='placement',
            options={'default_permissions': ['view'], 'ordering': ['-requested_on', '-id'], 'permissions': [('request_placement', 'Placement: request'), ('offer_placement', 'Placement: offer a place'), ('decline_placement', 'Placement: decline'), ('book_placement', 'Placement: book the place'), ('arrive_placement', 'Placement: record the arrival'), ('not_arrive_placement', 'Placement: record that they did not arrive'), ('depart_placement', 'Placement: record the departure'), ('extend_placement', 'Placement: extend the stay'), ('move_placement', 'Placement: move to another unit'), ('withdraw_placement', 'Placement: withdraw the request'), ('exceed_placement', 'Placement: let it go beyond what is agreed')]},
        ),
        migrations.AddField(
            model_name='placement',
            name='continues',
            field=models.OneToOneField(blank=True, editable=False, help_text='The stay from which they moved here, on the day they arrived.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='continued_by', to='rehab.placement'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('continues', None), ('arrived_on__isnull', False), _connector='OR'), name='only_who_arrived_moved_here'),
        ),
        migrations.AddField(
            model_name='absence',
            name='by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='absence',
            name='placement',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='rehab.placement'),
        ),
        migrations.AddIndex(
            model_name='absence',
            index=models.Index(condition=models.Q(('status', 'away')), fields=['due_back', 'id'], name='absence_now'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('due_back__gt', models.F('left_at'))), name='absence_is_due_to_end_after_it_begins', violation_error_message='They are due back after they left.'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('returned_at', None), ('returned_at__gte', models.F('left_at')), _connector='OR'), name='return_is_not_before_leaving', violation_error_message='They cannot come back before they left.'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('returned_at__isnull', False), ('status', 'returned')), models.Q(models.Q(('status', 'returned'), _negated=True), ('returned_at', None)), _connector='OR'), name='return_is_recorded_with_its_time'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('placement', '='), (models.Func('left_at', 'returned_at', django.contrib.postgres.fields.ranges.RangeBoundary(), function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='person_is_away_once_at_a_time', violation_error_message='They are recorded as away at that time already.'),
        ),
        migrations.RunSQL(JOURNEY, NO_JOURNEY),
    ]
