"""One normalised column to search by, kept by the database whatever writes the rows.

It holds names and other names without accents or marks, the date of birth as 1990-03-27 and
27031990, the phone number and identifiers as bare letters and digits, and references.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION offenders_bare(text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT regexp_replace(lower(unaccent(coalesce($1, ''))), '[^a-z0-9]', '', 'g') $$;

CREATE FUNCTION offenders_plain(text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT regexp_replace(regexp_replace(lower(unaccent(coalesce($1, ''))), '[''’]', '', 'g'), '[^a-z0-9]+', ' ', 'g') $$;

CREATE FUNCTION offenders_search(o offenders_offender) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT concat_ws(' ',
     offenders_plain(o.given_names || ' ' || o.family_name),
     (SELECT string_agg(offenders_plain(a.given_names || ' ' || a.family_name), ' ' ORDER BY a.id)
        FROM offenders_alias a WHERE a.offender_id = o.id),
     lower(o.reference),
     to_char(o.date_of_birth, 'YYYY-MM-DD DDMMYYYY'),
     nullif(offenders_bare(o.phone), ''),
     (SELECT string_agg(offenders_bare(i.value), ' ' ORDER BY i.id)
        FROM offenders_identifier i WHERE i.offender_id = o.id)) $$;

CREATE FUNCTION offenders_keep_search() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  NEW.search := offenders_search(NEW);
  RETURN NEW;
END $$;

CREATE FUNCTION offenders_touch_search() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE offenders_offender SET search = '' WHERE id = OLD.offender_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE offenders_offender SET search = '' WHERE id = NEW.offender_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER offenders_offender_search BEFORE INSERT OR UPDATE ON offenders_offender
FOR EACH ROW EXECUTE FUNCTION offenders_keep_search();
CREATE TRIGGER offenders_alias_search AFTER INSERT OR UPDATE OR DELETE ON offenders_alias
FOR EACH ROW EXECUTE FUNCTION offenders_touch_search();
CREATE TRIGGER offenders_identifier_search AFTER INSERT OR UPDATE OR DELETE ON offenders_identifier
FOR EACH ROW EXECUTE FUNCTION offenders_touch_search();
"""

LEAVE = """
DROP TRIGGER offenders_identifier_search ON offenders_identifier;
DROP TRIGGER offenders_alias_search ON offenders_alias;
DROP TRIGGER offenders_offender_search ON offenders_offender;
DROP FUNCTION offenders_touch_search();
DROP FUNCTION offenders_keep_search();
DROP FUNCTION offenders_search(offenders_offender);
DROP FUNCTION offenders_plain(text);
DROP FUNCTION offenders_bare(text);
"""


class Migration(migrations.Migration):
    dependencies = [("offenders", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, LEAVE)]
