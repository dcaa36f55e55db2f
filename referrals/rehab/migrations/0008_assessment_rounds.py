"""Assessments recorded so far are finished, and each is a round of its own, in the order of their days."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rehab", "0007_assessment_parts")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE rehab_assessment SET finished_at = recorded_at, round = counted.number
            FROM (
                SELECT id, row_number() OVER (PARTITION BY case_id ORDER BY assessed_on, recorded_at, id) AS number
                FROM rehab_assessment
            ) AS counted
            WHERE counted.id = rehab_assessment.id;
            """,
            migrations.RunSQL.noop,
        ),
    ]
