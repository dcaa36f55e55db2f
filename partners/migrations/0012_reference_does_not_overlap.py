"""Units and services do not overlap; a figure that has begun to hold is not deleted: reports were made with it."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.functions.comparison
import uuid
from django.db import migrations, models


BEGUN_STAYS = """
CREATE FUNCTION partners_begun_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_from <= current_date THEN
        RAISE EXCEPTION 'A row of % that has begun to hold is not deleted.', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'what_has_begun_stays',
        HINT = 'This has begun to hold, and others rest on it. Give it a last day instead.';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER what_has_begun_stays BEFORE DELETE ON partners_setting
FOR EACH ROW EXECUTE FUNCTION partners_begun_stays();
"""
UNDONE = """
DROP TRIGGER what_has_begun_stays ON partners_setting;
DROP FUNCTION partners_begun_stays;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0011_access_review'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='unit',
            name='unit_is_named_once_at_a_time',
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agency', '='), (django.db.models.functions.comparison.Coalesce('unit', models.Value(uuid.UUID('00000000-0000-0000-0000-000000000000'))), '='), ('pathway', '='), (models.Func('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='DATERANGE', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='service_is_offered_once_at_a_time', violation_error_message='They offer this on some of these days already. End that first.'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('agency', '='), ('name', '='), (models.Func('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='DATERANGE', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='unit_is_named_once_at_a_time', violation_error_message='This agency has a unit of that name on some of these days. End that first.'),
        ),
        migrations.RunSQL(BEGUN_STAYS, UNDONE),
    ]
