"""A system acts in one role at a time, at its own agency: whoever gives it another ends that first."""

from django.db import migrations

ONE_ROLE = """
CREATE FUNCTION systems_one_role() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE home uuid;
BEGIN
    SELECT agency_id INTO home FROM systems_system WHERE user_id = NEW.user_id FOR NO KEY UPDATE;
    IF home IS NULL THEN
        RETURN NULL;
    END IF;
    IF NEW.agency_id <> home THEN
        RAISE EXCEPTION 'A system acts for its own agency.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'system_acts_for_its_own_agency',
        HINT = 'A system acts for its own agency alone. Register it there as another one.';
    END IF;
    IF EXISTS (
        SELECT FROM partners_membership WHERE user_id = NEW.user_id AND id <> NEW.id
        AND daterange(valid_from, valid_to, '[]') && daterange(NEW.valid_from, NEW.valid_to, '[]')
    ) THEN
        RAISE EXCEPTION 'A system acts in one role at a time.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'system_acts_in_one_role',
        HINT = 'A system acts in one role at a time. End the role it has, or register it as another system.';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER system_acts_in_one_role AFTER INSERT OR UPDATE ON partners_membership
FOR EACH ROW EXECUTE FUNCTION systems_one_role();
"""
UNDONE = """
DROP TRIGGER system_acts_in_one_role ON partners_membership;
DROP FUNCTION systems_one_role;
"""


class Migration(migrations.Migration):
    dependencies = [("systems", "0001_registered")]

    operations = [migrations.RunSQL(ONE_ROLE, UNDONE)]
