"""Never more people than places, on any day: whoever takes a place waits for the unit's row, then is counted.

A stay takes a place on the days that `rehab_days_taken` says: as booked; once there, until they leave, today included
however long ago they were to have left. That time goes by is the one thing that can make a unit overfull, and nobody
arrives in one that is.

The trigger of stays may be deferred to the end of what is written together: an arrival and a departure of long ago.
"""

from django.db import migrations

DAYS_TAKEN = """
CREATE FUNCTION rehab_days_taken(
    status text, expected_arrival date, expected_departure date, arrived_on date, departed_on date
) RETURNS daterange LANGUAGE sql STABLE AS $$
    SELECT CASE status
        WHEN 'booked' THEN daterange(expected_arrival, expected_departure)
        WHEN 'arrived' THEN daterange(
            arrived_on, greatest(arrived_on, expected_departure, (now() AT TIME ZONE 'Europe/London')::date + 1)
        )
        WHEN 'departed' THEN daterange(arrived_on, departed_on)
        ELSE 'empty'
    END
$$;
"""

UNIT_HOLDS = """
CREATE FUNCTION rehab_unit_holds(house_id uuid, asked datemultirange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    house rehab_rehabunit;
    full_on date;
    needed bigint;
BEGIN
    IF isempty(asked) THEN
        RETURN;
    END IF;
    SELECT * INTO house FROM rehab_rehabunit WHERE id = house_id FOR NO KEY UPDATE;
    IF house.places IS NULL THEN
        RETURN;
    END IF;
    WITH spans AS (
        SELECT 1 AS places, rehab_days_taken(
            status, expected_arrival, expected_departure, arrived_on, departed_on
        ) AS days
        FROM rehab_placement WHERE unit_id = house_id AND status IN ('booked', 'arrived', 'departed')
        UNION ALL
        SELECT places, daterange(valid_from, valid_to, '[]') FROM rehab_outofuse WHERE unit_id = house_id
    ), near AS MATERIALIZED (
        SELECT days, places FROM spans WHERE days && asked
    ), rises AS (  -- a unit is fullest on a day on which something begins
        SELECT lower(days) AS day FROM near WHERE lower(days) <@ asked
        UNION
        SELECT lower(one) FROM unnest(asked) AS one
    )
    SELECT day, sum(near.places) INTO full_on, needed FROM rises JOIN near ON near.days @> day
    GROUP BY day HAVING sum(near.places) > house.places ORDER BY day LIMIT 1;
    IF full_on IS NOT NULL THEN
        RAISE check_violation USING
            CONSTRAINT = 'rehab_unit_is_never_overfull',
            TABLE = 'rehab_rehabunit',
            MESSAGE = format('rehab unit %s is overfull', house_id),
            HINT = format(
                '%s has %s, and %s would be taken or out of use on %s. Choose other days, or record first who'
                ' has left.',
                house.name, house.places || CASE house.places WHEN 1 THEN ' place' ELSE ' places' END, needed,
                to_char(full_on, 'FMDD FMMonth YYYY')
            );
    END IF;
END
$$;
"""

STAYS = """
CREATE FUNCTION rehab_stay_has_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked datemultirange = datemultirange(rehab_days_taken(
        NEW.status, NEW.expected_arrival, NEW.expected_departure, NEW.arrived_on, NEW.departed_on
    ));
BEGIN
    -- whoever had these days here before asks for none; but nobody walks into a house that is overfull
    IF TG_OP = 'UPDATE' AND OLD.unit_id = NEW.unit_id AND (NEW.status <> 'arrived' OR OLD.status = 'arrived') THEN
        asked = asked - datemultirange(rehab_days_taken(
            OLD.status, OLD.expected_arrival, OLD.expected_departure, OLD.arrived_on, OLD.departed_on
        ));
    END IF;
    PERFORM rehab_unit_holds(NEW.unit_id, asked);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER rehab_stay_has_a_place
AFTER INSERT OR UPDATE OF unit_id, status, expected_arrival, expected_departure, arrived_on, departed_on
ON rehab_placement DEFERRABLE INITIALLY IMMEDIATE
FOR EACH ROW WHEN (NEW.unit_id IS NOT NULL) EXECUTE FUNCTION rehab_stay_has_a_place();
"""

OUT_OF_USE = """
CREATE FUNCTION rehab_out_of_use_is_empty() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked datemultirange = datemultirange(daterange(NEW.valid_from, NEW.valid_to, '[]'));
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.unit_id = NEW.unit_id AND OLD.places >= NEW.places THEN
        asked = asked - datemultirange(daterange(OLD.valid_from, OLD.valid_to, '[]'));
    END IF;
    PERFORM rehab_unit_holds(NEW.unit_id, asked);
    RETURN NULL;
END
$$;
CREATE TRIGGER rehab_out_of_use_is_empty AFTER INSERT OR UPDATE ON rehab_outofuse
FOR EACH ROW WHEN (NEW.places > 0) EXECUTE FUNCTION rehab_out_of_use_is_empty();
"""

PLACES = """
CREATE FUNCTION rehab_places_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- a number says what there is from now on: who was there before was there
    PERFORM rehab_unit_holds(NEW.id, datemultirange(daterange((now() AT TIME ZONE 'Europe/London')::date, NULL)));
    RETURN NULL;
END
$$;
CREATE TRIGGER rehab_places_hold AFTER UPDATE OF places ON rehab_rehabunit
FOR EACH ROW WHEN (OLD.places IS NULL OR NEW.places < OLD.places) EXECUTE FUNCTION rehab_places_hold();
"""


class Migration(migrations.Migration):
    dependencies = [("rehab", "0005_out_of_use")]

    operations = [
        migrations.RunSQL(
            DAYS_TAKEN, "DROP FUNCTION rehab_days_taken(text, date, date, date, date);"
        ),
        migrations.RunSQL(UNIT_HOLDS, "DROP FUNCTION rehab_unit_holds(uuid, datemultirange);"),
        migrations.RunSQL(
            STAYS,
            "DROP TRIGGER rehab_stay_has_a_place ON rehab_placement; DROP FUNCTION rehab_stay_has_a_place();",
        ),
        migrations.RunSQL(
            OUT_OF_USE,
            "DROP TRIGGER rehab_out_of_use_is_empty ON rehab_outofuse; DROP FUNCTION rehab_out_of_use_is_empty();",
        ),
        migrations.RunSQL(
            PLACES, "DROP TRIGGER rehab_places_hold ON rehab_rehabunit; DROP FUNCTION rehab_places_hold();"
        ),
    ]
