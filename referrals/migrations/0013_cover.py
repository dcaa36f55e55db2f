"""Who stands in for whom. That both are in the team and there on those days is asked by the table itself."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

IS_POSSIBLE = """
CREATE FUNCTION referrals_cover_is_possible() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    days daterange;
BEGIN
    IF NEW.status = 'cancelled' OR NEW.valid_to < NEW.valid_from THEN
        RETURN NEW;  -- the one asks nothing, the other a constraint refuses
    END IF;
    days := daterange(NEW.valid_from, NEW.valid_to, '[]');
    IF TG_OP = 'UPDATE' AND (OLD.absent_id, OLD.covered_by_id, OLD.agency_id, OLD.status)
                          = (NEW.absent_id, NEW.covered_by_id, NEW.agency_id, NEW.status)
       AND OLD.unit_id IS NOT DISTINCT FROM NEW.unit_id
       AND daterange(OLD.valid_from, OLD.valid_to, '[]') @> days THEN
        RETURN NEW;  -- it ends sooner: whoever left meanwhile is no reason against that
    END IF;
    -- whoever arranges something else for one of the two waits until this is done, and then finds it
    PERFORM FROM partners_user WHERE id IN (NEW.absent_id, NEW.covered_by_id) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM partners_user AS one
        WHERE one.id IN (NEW.absent_id, NEW.covered_by_id) AND NOT (
            one.is_active AND coalesce((
                SELECT range_agg(daterange(held.valid_from, held.valid_to, '[]')) @> days
                FROM partners_membership AS held
                WHERE held.user_id = one.id AND held.agency_id = NEW.agency_id
                  AND (NEW.unit_id IS NULL OR held.unit_id = NEW.unit_id)
            ), FALSE)
        )
    ) THEN
        RAISE check_violation USING
            CONSTRAINT = 'both_are_of_the_team_on_those_days',
            TABLE = 'referrals_cover',
            MESSAGE = format('cover %s is of someone who is not in the team', NEW.id),
            HINT = 'Both have to be in this team on all of these days. Choose other days, or someone else.';
    END IF;
    IF EXISTS (
        SELECT FROM referrals_cover AS other
        WHERE other.absent_id = NEW.covered_by_id AND other.status = 'arranged' AND other.id <> NEW.id
          AND daterange(other.valid_from, other.valid_to, '[]') && days
    ) THEN
        RAISE check_violation USING
            CONSTRAINT = 'whoever_stands_in_is_there',
            TABLE = 'referrals_cover',
            MESSAGE = format('cover %s is by someone who is away', NEW.id),
            HINT = 'Whoever is to stand in is away too on some of these days. Choose someone else.';
    END IF;
    IF EXISTS (
        SELECT FROM referrals_cover AS other
        WHERE other.covered_by_id = NEW.absent_id AND other.status = 'arranged' AND other.id <> NEW.id
          AND daterange(other.valid_from, other.valid_to, '[]') && days
    ) THEN
        RAISE check_violation USING
            CONSTRAINT = 'whoever_is_away_stands_in_for_nobody',
            TABLE = 'referrals_cover',
            MESSAGE = format('cover %s is of someone who stands in for another', NEW.id),
            HINT = 'Whoever is away stands in for someone on some of these days. Have someone else do that first.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER cover_is_possible BEFORE INSERT OR UPDATE ON referrals_cover
FOR EACH ROW EXECUTE FUNCTION referrals_cover_is_possible();
"""
GONE = """
DROP TRIGGER cover_is_possible ON referrals_cover;
DROP FUNCTION referrals_cover_is_possible();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0009_supervision'),
        ('referrals', '0012_task_over_says_by_whom'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='referral',
            options={'default_permissions': ['view', 'add'], 'ordering': ['-referred_on', '-id'], 'permissions': [('submit_referral', 'Referral: send the referral'), ('revise_referral', 'Referral: change the answers'), ('accept_referral', 'Referral: accept'), ('accept_booked_referral', 'Referral: accept with a slot'), ('return_referral', 'Referral: return for more information'), ('decline_referral', 'Referral: decline'), ('redirect_referral', 'Referral: redirect to another pathway'), ('engage_referral', 'Referral: record attendance'), ('take_back_referral', 'Referral: take attendance back'), ('reassign_referral', 'Referral: give to another worker'), ('complete_referral', 'Referral: complete'), ('disengage_referral', 'Referral: record as not engaged'), ('withdraw_referral', 'Referral: withdraw'), ('close_referral', 'Referral: close early'), ('reopen_referral', 'Referral: reopen')]},
        ),
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, help_text='The last day. Leave empty while it holds.', null=True, verbose_name='to')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('leave', 'Leave'), ('sickness', 'Sickness'), ('course', 'A course'), ('other', 'Something else')], max_length=8, verbose_name='why they are away')),
                ('status', models.CharField(choices=[('arranged', 'Arranged'), ('cancelled', 'Cancelled')], default='arranged', editable=False, max_length=10)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('absent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='partners.agency')),
                ('covered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covers', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='covers_made', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(editable=False, help_text='Empty where the team is the whole agency.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='partners.unit')),
            ],
            options={
                'ordering': ['valid_from', 'id'],
                'permissions': [('end_cover', 'Cover: change the last day'), ('cancel_cover', 'Cover: cancel the cover')],
                'abstract': False,
                'default_permissions': ['view', 'add'],
                'indexes': [models.Index(condition=models.Q(('status', 'arranged')), fields=['covered_by', 'valid_to'], name='cover_of_user'), models.Index(fields=['agency', 'unit', 'valid_to', 'id'], name='cover_of_team')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='referrals_cover_ends_after_it_begins', violation_error_message='The last day cannot be before the first.'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', False)), name='cover_says_its_last_day', violation_error_message='Say the last day. It can be changed while it holds.'), models.CheckConstraint(condition=models.Q(('absent', models.F('covered_by')), _negated=True), name='nobody_stands_in_for_themselves', violation_error_message='Nobody stands in for themselves. Choose someone else.'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', 'arranged')), expressions=[('absent', '='), ('agency', '='), (models.Func('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='DATERANGE', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='absent_one_is_covered_once_at_a_time', violation_error_message='Someone stands in for them on some of these days already. Change that first.')],
            },
        ),
        migrations.RunSQL(IS_POSSIBLE, GONE),
    ]
