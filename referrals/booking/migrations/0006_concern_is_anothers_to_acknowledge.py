"""Whoever wrote a concern does not acknowledge it. What was acknowledged before stays as it is: NOT VALID."""

from django.db import migrations, models
from django.db.models import F, Q

SQL = """
ALTER TABLE booking_intervention ADD CONSTRAINT concern_is_acknowledged_by_another
CHECK (acknowledged_by_id IS NULL OR acknowledged_by_id <> recorded_by_id) NOT VALID
"""
GONE = "ALTER TABLE booking_intervention DROP CONSTRAINT concern_is_acknowledged_by_another"


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0005_days_without_a_time"),
    ]

    operations = [
        migrations.RunSQL(
            SQL,
            GONE,
            state_operations=[
                migrations.AddConstraint(
                    model_name="intervention",
                    constraint=models.CheckConstraint(
                        condition=Q(acknowledged_by=None) | ~Q(acknowledged_by=F("recorded_by")),
                        name="concern_is_acknowledged_by_another",
                        violation_error_message="You wrote this. Another manager acknowledges it.",
                    ),
                ),
            ],
        ),
    ]
