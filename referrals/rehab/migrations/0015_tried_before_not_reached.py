"""A closed case says how it ended; nobody is recorded as not reached whom nobody tried to reach.

How many attempts it takes is a setting, which the application asks; that there was one is asked here. What was recorded
before attempts were kept stays as it is.
"""

from django.db import migrations, models

WAS_TRIED = """
CREATE FUNCTION rehab_follow_up_was_tried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.done_on IS NULL OR NEW.reached THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.done_on IS NOT NULL AND NOT OLD.reached THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM rehab_followupattempt WHERE follow_up_id = NEW.id) THEN
        RAISE check_violation USING
            CONSTRAINT = 'who_could_not_be_reached_was_tried',
            TABLE = 'rehab_followup',
            MESSAGE = format('follow-up %s has no attempt', NEW.id),
            HINT = 'No attempt to reach them is logged. Log one first.';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER who_could_not_be_reached_was_tried BEFORE INSERT OR UPDATE ON rehab_followup
FOR EACH ROW EXECUTE FUNCTION rehab_follow_up_was_tried();
"""
GONE = """
DROP TRIGGER who_could_not_be_reached_was_tried ON rehab_followup;
DROP FUNCTION rehab_follow_up_was_tried();
"""


class Migration(migrations.Migration):
    dependencies = [("rehab", "0014_case_endings")]

    operations = [
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), models.Q(('ending', ''), _negated=True), _connector='XOR'), name='closed_case_says_how_it_ended', violation_error_message='Say how it ended.'),
        ),
        migrations.RunSQL(WAS_TRIED, GONE),
    ]
