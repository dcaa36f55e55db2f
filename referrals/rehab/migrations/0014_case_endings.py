"""Cases closed so far ended as they were decided; of the others nobody said it from a list."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rehab", "0013_follow_up_attempts")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE rehab_case SET ending = CASE decision
                WHEN 'referred_on' THEN 'another_service'
                WHEN 'not_suitable' THEN 'not_suitable'
                WHEN 'withdrew' THEN 'withdrew'
                ELSE 'unknown'
            END
            WHERE closed_on IS NOT NULL;
            """,
            migrations.RunSQL.noop,
        ),
    ]
