import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# No stay that is booked or begun costs more, to the day on which it is expected to end, than funders have agreed to or
# a supervisor has allowed. A day earlier than expected is a fact, not a promise, so it is not counted; a later one is.
# Whoever books the stay and whoever takes its money away wait for each other on the stay's row.
STAYS_ARE_COVERED = """
CREATE FUNCTION rehab_stay_is_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stay rehab_placement;
    cost numeric;
BEGIN
    IF TG_TABLE_NAME = 'rehab_placement' THEN
        stay := NEW;
    ELSE
        SELECT * INTO stay FROM rehab_placement WHERE id = OLD.placement_id FOR NO KEY UPDATE;
    END IF;
    IF stay.status IN ('booked', 'arrived') AND stay.weekly_price IS NOT NULL THEN
        cost := round(stay.weekly_price * greatest(
            stay.expected_departure - greatest(stay.expected_arrival, stay.arrived_on), 0) / 7, 2);
        IF cost > greatest(stay.exceed_up_to, 0, (
            SELECT sum(agreed) FROM rehab_funding WHERE placement_id = stay.id AND status = 'agreed'
        )) THEN
            RAISE EXCEPTION 'Stay % costs % to the day of departure, which is more than is agreed.', stay.id, cost
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stay_costs_no_more_than_is_agreed',
            HINT = CASE TG_TABLE_NAME WHEN 'rehab_placement' THEN
                'This stay would cost more than is agreed. Ask for funding, or have a supervisor let it go beyond what'
                ' is agreed.'
            ELSE
                'The stay is booked on this money. A supervisor first lets it go beyond what is agreed, or the booking'
                ' is withdrawn.'
            END;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stay_costs_no_more_than_is_agreed AFTER INSERT OR UPDATE ON rehab_placement
FOR EACH ROW EXECUTE FUNCTION rehab_stay_is_covered();
CREATE TRIGGER stay_costs_no_more_than_is_agreed AFTER UPDATE OR DELETE ON rehab_funding
FOR EACH ROW EXECUTE FUNCTION rehab_stay_is_covered();
"""
# Of what is agreed no more is paid, nor is more paid back than was paid; of what is not agreed, nothing.
PAID_OUT_OF_WHAT_IS_AGREED = """
CREATE FUNCTION rehab_paid_out_of_what_is_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    funding rehab_funding;
    paid numeric;
BEGIN
    IF TG_TABLE_NAME = 'rehab_funding' THEN
        funding := NEW;
    ELSE
        SELECT * INTO funding FROM rehab_funding
        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.funding_id ELSE OLD.funding_id END FOR NO KEY UPDATE;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO paid FROM rehab_payment WHERE funding_id = funding.id;
    IF paid < 0 OR paid > (CASE funding.status WHEN 'agreed' THEN funding.agreed ELSE 0 END) THEN
        RAISE EXCEPTION 'Of funding % % would be paid, and % is agreed.', funding.id, paid, funding.agreed
        USING ERRCODE = 'check_violation', CONSTRAINT = 'no_more_is_paid_than_is_agreed',
        HINT = CASE TG_TABLE_NAME WHEN 'rehab_payment' THEN
            'No more can be paid than this funder agreed to, nor more be paid back than was paid.'
        ELSE
            'More than that has been paid. Look at the payments first.'
        END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER no_more_is_paid_than_is_agreed AFTER INSERT OR UPDATE OR DELETE ON rehab_payment
FOR EACH ROW EXECUTE FUNCTION rehab_paid_out_of_what_is_agreed();
CREATE TRIGGER no_more_is_paid_than_is_agreed AFTER UPDATE ON rehab_funding
FOR EACH ROW EXECUTE FUNCTION rehab_paid_out_of_what_is_agreed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('offenders', '0010_messages'),
        ('rehab', '0009_assessment_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('year', models.PositiveSmallIntegerField(help_text='That in which it begins: 2026 for 2026/27.', verbose_name='financial year')),
                ('amount', models.DecimalField(decimal_places=2, help_text='Pounds.', max_digits=9)),
            ],
            options={
                'ordering': ['-year', 'funder__name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Funder',
            fields=[
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, help_text='The last day. Leave empty while it holds.', null=True, verbose_name='to')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('proceeds', 'Proceeds of crime'), ('commissioner', 'Commissioner'), ('retailer', 'Retailer'), ('probation', 'Probation'), ('charity', 'Charity')], max_length=12)),
            ],
            options={
                'ordering': ['name', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Funding',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('year', models.PositiveSmallIntegerField(help_text='That in which it begins.', verbose_name='out of the budget of')),
                ('status', models.CharField(choices=[('asked', 'Asked for'), ('agreed', 'Agreed'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', editable=False, max_length=12)),
                ('asked', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='asked for')),
                ('asked_on', models.DateField()),
                ('agreed', models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=9, null=True)),
                ('answered_on', models.DateField(blank=True, editable=False, null=True)),
                ('end_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why not')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-asked_on', '-id'],
                'permissions': [('ask_funding', 'Funding: ask for'), ('agree_funding', 'Funding: record what is agreed'), ('refuse_funding', 'Funding: record a refusal'), ('withdraw_funding', 'Funding: withdraw'), ('pay_funding', 'Funding: record a payment')],
                'default_permissions': ['view'],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField(verbose_name='paid on')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['-on', '-recorded_at', '-id'],
                'default_permissions': ['view'],
            },
        ),
        migrations.AlterModelOptions(
            name='placement',
            options={'default_permissions': ['view'], 'ordering': ['-requested_on', '-id'], 'permissions': [('request_placement', 'Placement: request'), ('offer_placement', 'Placement: offer a place'), ('decline_placement', 'Placement: decline'), ('book_placement', 'Placement: book the place'), ('arrive_placement', 'Placement: record the arrival'), ('not_arrive_placement', 'Placement: record that they did not arrive'), ('depart_placement', 'Placement: record the departure'), ('withdraw_placement', 'Placement: withdraw the request'), ('exceed_placement', 'Placement: let it go beyond what is agreed')]},
        ),
        migrations.AddField(
            model_name='placement',
            name='exceed_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stays_let_exceed', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='placement',
            name='exceed_up_to',
            field=models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=9, null=True, verbose_name='may cost, whatever is agreed'),
        ),
        migrations.AddField(
            model_name='placement',
            name='exceed_why',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='placement',
            name='weekly_price',
            field=models.DecimalField(blank=True, decimal_places=2, editable=False, max_digits=8, null=True, verbose_name='price a week, as booked'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['booked', 'arrived']), _negated=True), ('weekly_price', None), models.Q(('expected_departure', None), _negated=True), _connector='OR'), name='stay_of_known_price_has_a_last_day', violation_error_message='Say when they will leave: what the stay costs is counted to then.'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('exceed_by', None), ('exceed_up_to', None), ('exceed_why', '')), models.Q(('exceed_by__isnull', False), ('exceed_up_to__gte', 0), models.Q(('exceed_why', ''), _negated=True)), _connector='OR'), name='stay_that_may_exceed_says_who_and_why'),
        ),
        migrations.AddConstraint(
            model_name='funder',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='rehab_funder_ends_after_it_begins', violation_error_message='The last day cannot be before the first.'),
        ),
        migrations.AddField(
            model_name='budget',
            name='funder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='budgets', to='rehab.funder'),
        ),
        migrations.AddField(
            model_name='funding',
            name='answered_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fundings_answered', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='funding',
            name='asked_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='fundings_asked', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='funding',
            name='funder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fundings', to='rehab.funder'),
        ),
        migrations.AddField(
            model_name='funding',
            name='placement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fundings', to='rehab.placement'),
        ),
        migrations.AddField(
            model_name='payment',
            name='by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments_recorded', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='funding',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='rehab.funding'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.UniqueConstraint(fields=('funder', 'year'), name='funder_has_one_budget_a_year', violation_error_message='This funder has a budget for that year already. Change that one.'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='budget_is_not_less_than_nothing', violation_error_message='A budget cannot be less than nothing.'),
        ),
        migrations.AddIndex(
            model_name='funding',
            index=models.Index(fields=['funder', 'year', 'status'], name='funding_of_budget'),
        ),
        migrations.AddIndex(
            model_name='funding',
            index=models.Index(fields=['-asked_on', '-id'], name='funding_by_day'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(('asked__gt', 0)), name='funding_asks_for_something', violation_error_message='Ask for more than nothing.'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(('agreed', None), models.Q(('agreed__gte', 0), ('agreed__lte', models.F('asked'))), _connector='OR'), name='funding_is_agreed_up_to_what_is_asked', violation_error_message='A funder agrees to what was asked for, or to less. Ask for the rest.'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed', None), ('answered_by', None), ('answered_on', None), ('status', 'asked')), models.Q(('agreed__isnull', False), ('answered_by__isnull', False), ('answered_on__isnull', False), ('status', 'agreed')), models.Q(('agreed', None), ('answered_by__isnull', False), ('answered_on__isnull', False), ('status', 'refused')), ('status', 'withdrawn'), _connector='OR'), name='funding_is_answered_with_day_and_name'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['refused', 'withdrawn']), _negated=True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='funding_that_failed_says_why', violation_error_message='Say why.'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('asked_by')), _negated=True), _connector='OR'), name='funders_answer_is_recorded_by_another', violation_error_message='You asked for this. Someone else records the answer.'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'asked')), fields=('placement', 'funder', 'year'), name='funder_is_asked_once_at_a_time', violation_error_message='This funder has been asked and has not answered. Amend what was asked.'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='payment_is_of_something', violation_error_message='Enter more than nothing.'),
        ),
        migrations.RunSQL(
            STAYS_ARE_COVERED,
            """
            DROP TRIGGER stay_costs_no_more_than_is_agreed ON rehab_placement;
            DROP TRIGGER stay_costs_no_more_than_is_agreed ON rehab_funding;
            DROP FUNCTION rehab_stay_is_covered();
            """,
        ),
        migrations.RunSQL(
            PAID_OUT_OF_WHAT_IS_AGREED,
            """
            DROP TRIGGER no_more_is_paid_than_is_agreed ON rehab_payment;
            DROP TRIGGER no_more_is_paid_than_is_agreed ON rehab_funding;
            DROP FUNCTION rehab_paid_out_of_what_is_agreed();
            """,
        ),
        migrations.CreateModel(
            name='UnitCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, help_text='The last day. Leave empty while it holds.', null=True, verbose_name='to')),
                ('offence', models.CharField(max_length=80)),
                ('pounds', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='pounds an offence')),
                ('price_year', models.CharField(help_text='In the prices of which year: 2015/16. What is printed is not inflated.', max_length=30)),
                ('low', models.DecimalField(decimal_places=4, default=0, help_text='Nothing: nobody has said how many, so none count.', max_digits=8, verbose_name='a day, low')),
                ('central', models.DecimalField(decimal_places=4, default=0, max_digits=8, verbose_name='a day, central')),
                ('high', models.DecimalField(decimal_places=4, default=0, max_digits=8, verbose_name='a day, high')),
                ('source', models.CharField(help_text='Where the pounds and the number a day come from.', max_length=300)),
                ('is_assumption', models.BooleanField(default=False, help_text='Not confirmed by a source.')),
            ],
            options={
                'ordering': ['offence', '-valid_from'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='rehab_unitcost_ends_after_it_begins', violation_error_message='The last day cannot be before the first.'), models.CheckConstraint(condition=models.Q(('central__lte', models.F('high')), ('low__gte', 0), ('low__lte', models.F('central')), ('pounds__gte', 0)), name='unit_cost_rises_from_low_to_high', violation_error_message='Low is not above central, nor central above high; nor is any below nothing.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('offence', '='), (models.Func('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='DATERANGE', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='offence_has_one_unit_cost_at_a_time', violation_error_message='Another cost of this offence holds on some of these days. End that one first.')],
            },
        ),
    ]
