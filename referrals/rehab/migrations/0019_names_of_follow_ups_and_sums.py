"""What the back office calls follow-ups, and what is asked of funders. Changes no table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rehab", "0018_overspends_are_asked_for")]

    operations = [
        migrations.AlterModelOptions(
            name="followup",
            options={
                "default_permissions": ["view"],
                "ordering": ["due_on", "done_on", "id"],
                "permissions": [("record_followup", "Follow-up: record")],
                "verbose_name": "follow-up",
            },
        ),
        migrations.AlterModelOptions(
            name="funding",
            options={
                "default_permissions": ["view"],
                "ordering": ["-asked_on", "-id"],
                "permissions": [
                    ("ask_funding", "Funding: ask for"),
                    ("agree_funding", "Funding: record what is agreed"),
                    ("confirm_funding", "Funding: confirm"),
                    ("refuse_funding", "Funding: record a refusal"),
                    ("withdraw_funding", "Funding: withdraw"),
                    ("pay_funding", "Funding: record a payment"),
                ],
                "verbose_name_plural": "sums asked of funders",
            },
        ),
    ]
