"""Who did a task, as the record says; where it says nothing, whoever had it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
        ("referrals", "0010_supervision"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "task",
            "done_by",
            models.ForeignKey(
                blank=True,
                editable=False,
                help_text="Or who said that it is not done.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks_done",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who did it",
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE referrals_task SET done_by_id = coalesce((
                SELECT by_id FROM audit_event
                WHERE subject_type = 'referrals.task' AND subject_id = referrals_task.id::text
                    AND verb IN ('task.do', 'task.drop')
                ORDER BY at DESC, id DESC LIMIT 1
            ), owner_id)
            WHERE status <> 'open';
            """,
            migrations.RunSQL.noop,
        ),
    ]
