"""What is written for a person whose record is just being merged into another's goes to the one kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rehab", "0001_initial"), ("offenders", "0006_merge")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER rehab_case_follows_merge BEFORE INSERT ON rehab_case
            FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
            """,
            "DROP TRIGGER rehab_case_follows_merge ON rehab_case;",
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER rehab_placement_follows_merge BEFORE INSERT ON rehab_placement
            FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
            """,
            "DROP TRIGGER rehab_placement_follows_merge ON rehab_placement;",
        ),
    ]
