"""A file is not deleted under a legal hold, but for a virus in it; and one that is gone is not said to be there again."""

from django.db import migrations

STAY = """
CREATE FUNCTION documents_held_file_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (SELECT FROM retention_hold WHERE status = 'live' AND offender_id = NEW.offender_id) THEN
    RAISE integrity_constraint_violation USING MESSAGE = 'a legal hold stands', CONSTRAINT = 'held_file_stays',
    HINT = 'A legal hold stands on this person’s records. No file of theirs is removed until it is lifted.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER held_file_stays BEFORE UPDATE OF status ON documents_document
FOR EACH ROW WHEN (NEW.status = 'removed' AND OLD.status <> 'removed') EXECUTE FUNCTION documents_held_file_stays();

CREATE FUNCTION documents_gone_stays_gone() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'the file is gone', CONSTRAINT = 'file_gone_stays_gone',
  HINT = 'This file was deleted. Add it again as another document.';
END $$;
CREATE TRIGGER file_gone_stays_gone BEFORE UPDATE OF status ON documents_document
FOR EACH ROW WHEN (OLD.status IN ('refused', 'removed') AND NEW.status <> OLD.status)
EXECUTE FUNCTION documents_gone_stays_gone();
"""

LEAVE = """
DROP TRIGGER file_gone_stays_gone ON documents_document;
DROP FUNCTION documents_gone_stays_gone();
DROP TRIGGER held_file_stays ON documents_document;
DROP FUNCTION documents_held_file_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("retention", "0001_schedules_holds_and_disposals")]
    operations = [migrations.RunSQL(STAY, LEAVE)]
