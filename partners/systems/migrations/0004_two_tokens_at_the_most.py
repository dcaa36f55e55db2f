"""A system has two tokens that hold at the most: the one it uses, and the one it changes over to."""

from django.db import migrations

TWO = """
CREATE FUNCTION systems_two_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM systems_system WHERE id = NEW.system_id FOR NO KEY UPDATE;
    IF (
        SELECT count(*) FROM systems_token
        WHERE system_id = NEW.system_id AND revoked_at IS NULL AND expires_at > clock_timestamp()
    ) > 2 THEN
        RAISE EXCEPTION 'A system has two tokens at the most.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'system_has_two_tokens_at_the_most',
        HINT = 'Two tokens of this system hold already. Revoke the one that it no longer uses first.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER system_has_two_tokens_at_the_most AFTER INSERT ON systems_token
FOR EACH ROW EXECUTE FUNCTION systems_two_tokens();

CREATE FUNCTION systems_token_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL OR NEW.digest <> OLD.digest OR NEW.system_id <> OLD.system_id
    OR NEW.scope <> OLD.scope OR NEW.expires_at > OLD.expires_at THEN
        RAISE EXCEPTION 'A token is not given more than it was made with.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'token_stays_as_it_was_made',
        HINT = 'A token stays as it was made. Revoke it, and make another one.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER token_stays_as_it_was_made BEFORE UPDATE ON systems_token
FOR EACH ROW EXECUTE FUNCTION systems_token_stays();
"""
UNDONE = """
DROP TRIGGER system_has_two_tokens_at_the_most ON systems_token;
DROP FUNCTION systems_two_tokens;
DROP TRIGGER token_stays_as_it_was_made ON systems_token;
DROP FUNCTION systems_token_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("systems", "0003_tokens")]

    operations = [migrations.RunSQL(TWO, UNDONE)]
