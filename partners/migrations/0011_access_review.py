"""Access reviews: who may act for an agency, gone through every few months, and signed off whole."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# A review is signed off once all of it is decided, and stays as it is from then on. Whoever decides and whoever signs
# off wait for each other on the review's row.
SIGNED_OFF_WHOLE_AND_FOR_GOOD = """
CREATE FUNCTION partners_access_review_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    review partners_accessreview;
BEGIN
    IF TG_TABLE_NAME = 'partners_accessreview' THEN
        review := OLD;
        IF TG_OP = 'UPDATE' AND review.signed_off_at IS NULL AND NEW.signed_off_at IS NOT NULL AND EXISTS (
            SELECT FROM partners_reviewedmembership WHERE review_id = review.id AND decision = ''
        ) THEN
            RAISE EXCEPTION 'Access review % is not decided whole.', review.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'access_review_is_signed_off_whole',
            HINT = 'Some roles are to be decided still. Go through them first.';
        END IF;
    ELSE
        SELECT * INTO review FROM partners_accessreview
        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.review_id ELSE OLD.review_id END FOR SHARE;
    END IF;
    IF review.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'Access review % is signed off.', review.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signed_off_access_review_stays',
        HINT = 'This review is signed off: nothing of it changes.';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER access_review_stays BEFORE UPDATE OR DELETE ON partners_accessreview
FOR EACH ROW EXECUTE FUNCTION partners_access_review_stays();
CREATE TRIGGER access_review_stays BEFORE INSERT OR UPDATE OR DELETE ON partners_reviewedmembership
FOR EACH ROW EXECUTE FUNCTION partners_access_review_stays();
"""
UNDONE = """
DROP TRIGGER access_review_stays ON partners_accessreview;
DROP TRIGGER access_review_stays ON partners_reviewedmembership;
DROP FUNCTION partners_access_review_stays;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0010_an_administrator_stays'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessReview',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('begun_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('signed_off_at', models.DateTimeField(editable=False, null=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_reviews', to='partners.agency')),
                ('begun_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='access_reviews_begun', to=settings.AUTH_USER_MODEL)),
                ('signed_off_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='access_reviews_signed_off', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-begun_at', '-id'],
                'default_permissions': ['view', 'add', 'change'],
            },
        ),
        migrations.CreateModel(
            name='ReviewedMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('role', models.CharField(choices=[('officer', 'Police officer'), ('custody_officer', 'Custody officer'), ('facilitator', 'O2R facilitator'), ('supervisor', 'O2R supervisor'), ('resolution_lead', 'Out-of-court lead'), ('cranstoun_worker', 'Cranstoun worker'), ('arrest_referral_worker', 'Cranstoun arrest referral worker'), ('cranstoun_manager', 'Cranstoun manager'), ('cgl_worker', 'CGL worker'), ('rehab_provider', 'Rehab provider'), ('throughcare_partner', 'Throughcare partner'), ('analyst', 'Analyst'), ('auditor', 'Auditor'), ('administrator', 'Administrator')], max_length=30)),
                ('unit_name', models.CharField(blank=True, max_length=120, verbose_name='unit')),
                ('valid_from', models.DateField(verbose_name='since')),
                ('valid_to', models.DateField(null=True, verbose_name='until')),
                ('last_signed_in_at', models.DateTimeField(null=True)),
                ('decision', models.CharField(blank=True, choices=[('keep', 'Keep'), ('end', 'End it today')], max_length=4)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='access_decided', to=settings.AUTH_USER_MODEL)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='partners.membership')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='partners.accessreview')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_reviewed', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'default_permissions': [],
            },
        ),
        migrations.AddConstraint(
            model_name='accessreview',
            constraint=models.UniqueConstraint(condition=models.Q(('signed_off_at', None)), fields=('agency',), name='agency_has_one_access_review_at_a_time', violation_error_message='A review of this agency is open already. Sign that one off first.'),
        ),
        migrations.AddConstraint(
            model_name='accessreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='access_review_signed_off_says_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='reviewedmembership',
            constraint=models.UniqueConstraint(fields=('review', 'membership'), name='role_is_reviewed_once_in_a_review'),
        ),
        migrations.AddConstraint(
            model_name='reviewedmembership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='decision_on_a_role_says_by_whom_and_when'),
        ),
        migrations.AddConstraint(
            model_name='reviewedmembership',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('user')), _negated=True), _connector='OR'), name='nobody_decides_on_their_own_role', violation_error_message='You cannot decide on a role of your own. Ask another administrator.'),
        ),
        migrations.AddConstraint(
            model_name='reviewedmembership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'end'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='role_that_is_ended_says_why', violation_error_message='Say why the role ends.'),
        ),
        migrations.RunSQL(SIGNED_OFF_WHOLE_AND_FOR_GOOD, UNDONE),
    ]
