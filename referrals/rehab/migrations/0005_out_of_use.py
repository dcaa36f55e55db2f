import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("rehab", "0004_stays_have_a_last_day")]

    operations = [
        migrations.CreateModel(
            name="OutOfUse",
            fields=[
                ("valid_from", models.DateField(verbose_name="from")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="The last day. Leave empty while it holds.", null=True, verbose_name="to"
                    ),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="out_of_use", to="rehab.rehabunit"
                    ),
                ),
                (
                    "places",
                    models.PositiveSmallIntegerField(
                        help_text="How many. Change it to 0 if none were out of use after all."
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("repairs", "Repairs or redecoration"),
                            ("infection", "Infection control"),
                            ("staffing", "Not enough staff"),
                            ("others", "Taken by people of other programmes"),
                            ("for_good", "Given up for good"),
                            ("other", "Another reason"),
                        ],
                        max_length=12,
                    ),
                ),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "places out of use",
                "verbose_name_plural": "places out of use",
                "ordering": ["-valid_from", "-id"],
                "abstract": False,
                "default_permissions": ["view", "add", "change"],
            },
        ),
        migrations.AddIndex(
            model_name="outofuse",
            index=models.Index(fields=["unit", "valid_from"], name="out_of_use_of_unit"),
        ),
        migrations.AddConstraint(
            model_name="outofuse",
            constraint=models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="rehab_outofuse_ends_after_it_begins",
                violation_error_message="The last day cannot be before the first.",
            ),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.CheckConstraint(
                condition=~Q(status__in=["booked", "arrived"])
                | Q(expected_arrival__isnull=False, expected_departure__isnull=False),
                name="place_is_kept_for_days_that_are_said",
                violation_error_message="Say when they are expected to arrive and to leave: the place is kept for "
                "those days.",
            ),
        ),
    ]
