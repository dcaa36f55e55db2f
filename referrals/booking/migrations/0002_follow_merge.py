"""An appointment made for someone as their record is merged into another's goes to the one kept."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial"), ("offenders", "0006_merge")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER booking_appointment_follows_merge BEFORE INSERT ON booking_appointment
            FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
            CREATE TRIGGER booking_appointment_booked_follows_merge BEFORE UPDATE ON booking_appointment
            FOR EACH ROW WHEN (OLD.offender_id IS NULL) EXECUTE FUNCTION offenders_follow_merge();
            """,
            """
            DROP TRIGGER booking_appointment_follows_merge ON booking_appointment;
            DROP TRIGGER booking_appointment_booked_follows_merge ON booking_appointment;
            """,
        )
    ]
