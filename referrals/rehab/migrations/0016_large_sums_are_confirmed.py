"""A large sum that a funder agrees to counts once a second supervisor has confirmed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# From the sum of the setting of today on. What counted before stays as it is, and to take less of it needs nobody.
LARGE_SUMS_ARE_CONFIRMED = """
CREATE FUNCTION rehab_large_funding_is_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/London')::date;
    counted numeric := 0;
    was_confirmed boolean := false;
BEGIN
    IF NEW.status <> 'agreed' OR NEW.agreed < (
        SELECT "values"[1] FROM partners_setting
        WHERE key = 'approval_from_pounds' AND valid_from <= today AND coalesce(valid_to, today) >= today
    ) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        counted := CASE OLD.status WHEN 'agreed' THEN OLD.agreed ELSE 0 END;
        was_confirmed := OLD.confirmed_by_id IS NOT NULL;
        IF OLD.status = 'to_confirm' AND NEW.confirmed_by_id IS NOT NULL AND NEW.agreed = OLD.agreed THEN
            RETURN NEW;
        END IF;
        IF NEW.agreed <= counted AND (NEW.confirmed_by_id IS NOT NULL OR NOT was_confirmed) THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.confirmed_by_id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Funding % of % is not confirmed.', NEW.id, NEW.agreed
    USING ERRCODE = 'check_violation', CONSTRAINT = 'large_funding_is_confirmed',
    HINT = 'A sum as large as this counts once another supervisor has confirmed it.';
END $$;
CREATE TRIGGER large_funding_is_confirmed BEFORE INSERT OR UPDATE OF status, agreed, confirmed_by_id ON rehab_funding
FOR EACH ROW EXECUTE FUNCTION rehab_large_funding_is_confirmed();
"""
GONE = """
DROP TRIGGER large_funding_is_confirmed ON rehab_funding;
DROP FUNCTION rehab_large_funding_is_confirmed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rehab', '0015_tried_before_not_reached'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='funding',
            options={'default_permissions': ['view'], 'ordering': ['-asked_on', '-id'], 'permissions': [('ask_funding', 'Funding: ask for'), ('agree_funding', 'Funding: record what is agreed'), ('confirm_funding', 'Funding: confirm'), ('refuse_funding', 'Funding: record a refusal'), ('withdraw_funding', 'Funding: withdraw'), ('pay_funding', 'Funding: record a payment')]},
        ),
        migrations.RemoveConstraint(
            model_name='funding',
            name='funding_is_answered_with_day_and_name',
        ),
        migrations.AddField(
            model_name='funding',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fundings_confirmed', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='funding',
            name='confirmed_on',
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='funding',
            name='status',
            field=models.CharField(choices=[('asked', 'Asked for'), ('to_confirm', 'To be confirmed'), ('agreed', 'Agreed'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', editable=False, max_length=12),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed', None), ('answered_by', None), ('answered_on', None), ('status', 'asked')), models.Q(('agreed__isnull', False), ('answered_by__isnull', False), ('answered_on__isnull', False), ('confirmed_by', None), ('status', 'to_confirm')), models.Q(('agreed__isnull', False), ('answered_by__isnull', False), ('answered_on__isnull', False), ('status', 'agreed')), models.Q(('agreed', None), ('answered_by__isnull', False), ('answered_on__isnull', False), ('status', 'refused')), ('status', 'withdrawn'), _connector='OR'), name='funding_is_answered_with_day_and_name'),
        ),
        migrations.AddConstraint(
            model_name='funding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_by', None), ('confirmed_on', None)), models.Q(('confirmed_by__isnull', False), ('confirmed_on__isnull', False), models.Q(('confirmed_by', models.F('answered_by')), _negated=True), models.Q(('confirmed_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='funding_is_confirmed_by_a_third', violation_error_message='Someone who neither asked for this nor recorded the answer confirms it.'),
        ),
        migrations.RunSQL(LARGE_SUMS_ARE_CONFIRMED, GONE),
    ]
