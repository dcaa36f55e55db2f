"""There is always someone who can give roles: an administrator in office, whose role has no end."""

from django.db import migrations, models

# Two who would close each other at once wait here, and the later one is refused.
AN_ADMINISTRATOR_STAYS = """
CREATE FUNCTION partners_an_administrator_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'partners_user' AND NOT EXISTS (
        SELECT FROM partners_membership WHERE user_id = OLD.id AND role = 'administrator' AND valid_to IS NULL
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('partners_an_administrator_stays'));
    IF NOT EXISTS (
        SELECT FROM partners_membership JOIN partners_user ON partners_user.id = user_id
        WHERE role = 'administrator' AND valid_from <= current_date AND valid_to IS NULL AND is_active
    ) THEN
        RAISE EXCEPTION 'Nobody would be an administrator any more.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_administrator_stays',
        HINT = 'They are the last administrator whose role has no end. Make someone else one first.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON partners_membership FOR EACH ROW
WHEN (OLD.role = 'administrator' AND OLD.valid_to IS NULL) EXECUTE FUNCTION partners_an_administrator_stays();
CREATE TRIGGER an_administrator_stays AFTER UPDATE ON partners_user FOR EACH ROW
WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION partners_an_administrator_stays();
"""
UNDONE = """
DROP TRIGGER an_administrator_stays ON partners_membership;
DROP TRIGGER an_administrator_stays ON partners_user;
DROP FUNCTION partners_an_administrator_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0009_supervision")]

    operations = [
        migrations.AlterField(
            "user",
            "is_active",
            models.BooleanField(
                default=True, help_text="They may sign in. Closing the account clears it; their work stays theirs."
            ),
        ),
        migrations.RunSQL(AN_ADMINISTRATOR_STAYS, UNDONE),
    ]
