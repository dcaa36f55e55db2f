"""PostgreSQL itself refuses to change or delete what a correction says was there before."""

from django.db import migrations

FORBID = """
CREATE FUNCTION offenders_amendment_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  RAISE integrity_constraint_violation USING MESSAGE = 'an amendment is never itself changed';
END $$;

CREATE TRIGGER offenders_amendment_is_not_changed BEFORE UPDATE OR DELETE ON offenders_amendment
FOR EACH ROW EXECUTE FUNCTION offenders_amendment_stays();
"""

ALLOW = """
DROP TRIGGER offenders_amendment_is_not_changed ON offenders_amendment;
DROP FUNCTION offenders_amendment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("offenders", "0002_search")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
