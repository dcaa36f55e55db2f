"""What is written for a person whose record is just being merged into another's goes to the one kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial"), ("offenders", "0006_merge")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER referrals_referral_follows_merge BEFORE INSERT ON referrals_referral
            FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
            """,
            "DROP TRIGGER referrals_referral_follows_merge ON referrals_referral;",
        ),
    ]
