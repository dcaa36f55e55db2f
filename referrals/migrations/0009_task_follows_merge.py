"""What is written down to do for a person whose record is just being merged into another's goes to the one kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0008_task"), ("offenders", "0006_merge")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER referrals_task_follows_merge BEFORE INSERT ON referrals_task
            FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
            """,
            "DROP TRIGGER referrals_task_follows_merge ON referrals_task;",
        ),
    ]
