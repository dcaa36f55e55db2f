"""A place that is booked or taken is kept until a day: twelve weeks after arrival where none was said."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rehab", "0003_asking_for_a_place")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE rehab_placement SET
                expected_arrival = coalesce(expected_arrival, arrived_on, requested_on),
                expected_departure = coalesce(
                    expected_departure, greatest(expected_arrival, arrived_on, requested_on) + 12 * 7
                )
            WHERE status IN ('booked', 'arrived') AND (expected_arrival IS NULL OR expected_departure IS NULL);
            """,
            # what was said cannot be told from what was filled in, and either is as good
            migrations.RunSQL.noop,
        )
    ]
