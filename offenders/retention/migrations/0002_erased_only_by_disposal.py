"""A person goes by a disposal that two people decided and no legal hold stops, and in no other way.

Amendments, and what the record says of the person, may go with them: while that disposal is confirmed and not yet
done, and of that person alone. It is a row that lets them go, not a setting of the session, so it takes two people and
leaves its mark; whoever could write such a row past the application could as well drop these triggers.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION retention_disposed(ids uuid[]) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT FROM retention_decision WHERE status = 'confirmed' AND people && ids) $$;

CREATE FUNCTION retention_person_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF NOT retention_disposed(ARRAY[OLD.id]) THEN
    RAISE integrity_constraint_violation USING MESSAGE = 'a person goes by a disposal that two people decided',
    CONSTRAINT = 'person_goes_by_disposal',
    HINT = 'A person is erased by a disposal that one proposed and another confirmed.';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER person_goes_by_disposal BEFORE DELETE ON offenders_offender
FOR EACH ROW EXECUTE FUNCTION retention_person_stays();

CREATE FUNCTION retention_hold_stands() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'a legal hold stands', CONSTRAINT = 'held_records_stay',
  HINT = 'A legal hold stands. Nobody disposes of anything until it is lifted.';
END $$;
CREATE TRIGGER held_records_stay BEFORE DELETE ON retention_hold
FOR EACH ROW WHEN (OLD.status = 'live') EXECUTE FUNCTION retention_hold_stands();
CREATE FUNCTION retention_disposal_heeds_holds() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF EXISTS (SELECT FROM retention_hold WHERE status = 'live' AND offender_id = ANY (NEW.people)) THEN
    RAISE integrity_constraint_violation USING MESSAGE = 'a legal hold stands', CONSTRAINT = 'held_records_stay',
    HINT = 'A legal hold stands. Nobody disposes of anything until it is lifted.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER held_records_are_not_disposed_of BEFORE INSERT OR UPDATE OF status ON retention_decision
FOR EACH ROW WHEN (NEW.status IN ('confirmed', 'cleared')) EXECUTE FUNCTION retention_disposal_heeds_holds();

CREATE FUNCTION retention_disposal_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'what was erased is never forgotten, nor done again';
END $$;
CREATE TRIGGER disposal_is_not_forgotten BEFORE UPDATE OR DELETE ON retention_decision
FOR EACH ROW WHEN (OLD.status = 'erased') EXECUTE FUNCTION retention_disposal_stays();
CREATE TRIGGER disposal_under_way_is_not_forgotten BEFORE DELETE ON retention_decision
FOR EACH ROW WHEN (OLD.status IN ('confirmed', 'cleared')) EXECUTE FUNCTION retention_disposal_stays();

CREATE TRIGGER retention_hold_follows_merge BEFORE INSERT ON retention_hold
FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();
CREATE TRIGGER retention_decision_follows_merge BEFORE INSERT ON retention_decision
FOR EACH ROW EXECUTE FUNCTION offenders_follow_merge();

CREATE OR REPLACE FUNCTION offenders_amendment_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'DELETE' AND retention_disposed(
    OLD.offender_id || ARRAY(SELECT unnest(ARRAY[kept_id, gone_id]) FROM offenders_merge WHERE id = OLD.merge_id)
  ) THEN
    RETURN OLD;
  END IF;
  RAISE integrity_constraint_violation USING MESSAGE = 'an amendment is never itself changed';
END $$;

-- of an event only what was said may be emptied; who did what to whom, and when, is never changed
CREATE OR REPLACE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP = 'UPDATE' AND TG_LEVEL = 'ROW' THEN
    IF NEW.reason = '' AND NEW.before IS NULL AND NEW.after IS NULL AND NEW.detail IN (OLD.detail, '{}')
      AND to_jsonb(NEW) - '{reason,before,after,detail}'::text[] = to_jsonb(OLD) - '{reason,before,after,detail}'::text[]
      AND retention_disposed(OLD.offenders)
    THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE integrity_constraint_violation USING MESSAGE = 'the record is append-only';
END $$;
"""

UNGUARD = """
CREATE OR REPLACE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'the record is append-only';
END $$;
CREATE OR REPLACE FUNCTION offenders_amendment_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'an amendment is never itself changed';
END $$;
DROP TRIGGER retention_decision_follows_merge ON retention_decision;
DROP TRIGGER retention_hold_follows_merge ON retention_hold;
DROP TRIGGER disposal_under_way_is_not_forgotten ON retention_decision;
DROP TRIGGER disposal_is_not_forgotten ON retention_decision;
DROP FUNCTION retention_disposal_stays();
DROP TRIGGER held_records_are_not_disposed_of ON retention_decision;
DROP FUNCTION retention_disposal_heeds_holds();
DROP TRIGGER held_records_stay ON retention_hold;
DROP FUNCTION retention_hold_stands();
DROP TRIGGER person_goes_by_disposal ON offenders_offender;
DROP FUNCTION retention_person_stays();
DROP FUNCTION retention_disposed(uuid[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0001_schedules_holds_and_disposals"),
        ("audit", "0002_append_only"),
        ("offenders", "0009_amendment_of_merge"),
    ]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
