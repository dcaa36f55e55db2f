"""Finding those who are likely to be one person, recorded twice. The score: docs/decisions/0009-merge.md."""

from django.db import connection
from django.utils import timezone

from partners.frame.forms import as_noun

from .identifiers import KINDS, kinds_read_by
from .models import Address, Alias, Identifier, LikelyPair, Offender
from .models.merge import LEAST
from .search import set_similarity

BATCH = 500
SIMILAR = 0.3  # how alike a name must be, to be looked at: the lowest at which Jon Smyth is John Smith
SIGNS = (Offender, Alias, Identifier, Address)  # the records from which a likeness can come

# Each of `people` is compared with whoever the index of the search column says is alike, holds the same number or
# phone, or made an open pair with them before. A likely pair is kept once, whichever of the two was looked at.
FIND = """
WITH facts AS NOT MATERIALIZED (
  SELECT id, search, given_names, family_name, date_of_birth AS born, is_birth_date_about AS about, sex,
         offenders_plain(given_names || ' ' || family_name) AS name, right(offenders_bare(phone), 10) AS phone
    FROM offenders_offender WHERE merged_into_id IS NULL
), subject AS MATERIALIZED (
  SELECT * FROM facts WHERE id = ANY(%(people)s)
), named AS (
  SELECT id, name, born, about FROM subject
  UNION SELECT s.id, offenders_plain(l.given_names || ' ' || l.family_name), born, about
    FROM subject s JOIN offenders_alias l ON l.offender_id = s.id
), candidate AS (
  SELECT n.id AS a, o.id AS b FROM named n JOIN offenders_offender o ON o.search %%> n.name
   WHERE n.born IS NULL OR o.date_of_birth IS NULL OR n.about OR o.is_birth_date_about
      OR offenders_near_day(n.born, o.date_of_birth) IS NOT NULL
  UNION SELECT s.id, o.id FROM subject s JOIN offenders_offender o ON o.search LIKE '%%' || s.phone || '%%'
   WHERE length(s.phone) > 8
  UNION SELECT i.offender_id, j.offender_id FROM offenders_identifier i JOIN offenders_identifier j USING (kind, value)
   WHERE i.offender_id = ANY(%(people)s)
  UNION SELECT one_id, other_id FROM offenders_likelypair
   WHERE state <> 'merged' AND (one_id = ANY(%(people)s) OR other_id = ANY(%(people)s))
), two AS (
  SELECT DISTINCT least(a, b) AS one, greatest(a, b) AS other FROM candidate WHERE a <> b
), alike AS (
  SELECT one, other, similarity(x.name, y.name) AS name,
    (SELECT max(similarity(p.name, q.name)) FROM
       (SELECT x.name UNION SELECT offenders_plain(given_names || ' ' || family_name)
          FROM offenders_alias WHERE offender_id = one) p,
       (SELECT y.name UNION SELECT offenders_plain(given_names || ' ' || family_name)
          FROM offenders_alias WHERE offender_id = other) q) AS any_name,
    offenders_near_day(x.born, y.born) AS born,
    x.born <> y.born AND NOT x.about AND NOT y.about AS born_apart,
    (x.about OR y.about) AND abs(x.born - y.born) <= 1100 AS born_about,
    (SELECT array_agg(kind ORDER BY kind) FROM offenders_identifier i JOIN offenders_identifier j USING (kind, value)
      WHERE i.offender_id = one AND j.offender_id = other) AS numbers,
    length(x.phone) > 8 AND x.phone = y.phone AS phone,
    EXISTS (SELECT 1 FROM offenders_address i JOIN offenders_address j
        ON offenders_bare(i.lines || i.postcode) = offenders_bare(j.lines || j.postcode)
      WHERE i.offender_id = one AND j.offender_id = other AND i.lines <> '') AS address,
    EXISTS (SELECT 1 FROM offenders_address i JOIN offenders_address j
        ON offenders_bare(i.postcode) = offenders_bare(j.postcode)
      WHERE i.offender_id = one AND j.offender_id = other AND i.postcode <> '') AS postcode,
    x.sex <> y.sex AND x.sex IN ('1', '2') AND y.sex IN ('1', '2') AS sex
  FROM two JOIN facts x ON x.id = one JOIN facts y ON y.id = other
), weighed AS (
  SELECT one, other, array_remove(ARRAY[
      CASE WHEN numbers IS NOT NULL THEN jsonb_build_object('kind', 'number', 'numbers', numbers, 'points', 60) END,
      CASE WHEN any_name > name + 0.1 AND any_name >= %(similar)s THEN jsonb_build_object(
             'kind', 'alias', 'alike', round(any_name * 100), 'points', round(10 + 25 * any_name))
           WHEN name >= %(similar)s THEN jsonb_build_object(
             'kind', 'name', 'alike', round(name * 100), 'points', round(15 + 25 * name)) END,
      CASE WHEN born IS NOT NULL THEN jsonb_build_object(
             'kind', 'born', 'how', born, 'points', CASE born WHEN 'same' THEN 35 ELSE 25 END)
           WHEN born_about THEN jsonb_build_object('kind', 'born', 'how', 'about', 'points', 10)
           WHEN born_apart THEN jsonb_build_object('kind', 'born', 'how', 'apart', 'points', -30) END,
      CASE WHEN phone THEN jsonb_build_object('kind', 'phone', 'points', 20) END,
      CASE WHEN address THEN jsonb_build_object('kind', 'address', 'points', 15)
           WHEN postcode THEN jsonb_build_object('kind', 'postcode', 'points', 5) END,
      CASE WHEN sex THEN jsonb_build_object('kind', 'sex', 'points', -15) END
    ], NULL) AS reasons, numbers IS NOT NULL AS sure
  FROM alike
), scored AS (
  SELECT one, other, to_jsonb(reasons) AS reasons, greatest(CASE WHEN sure THEN %(least)s ELSE 0 END, least(100, (
    SELECT coalesce(sum((reason ->> 'points')::int), 0) FROM unnest(reasons) reason))) AS score
  FROM weighed
)
INSERT INTO offenders_likelypair AS pair (id, one_id, other_id, score, reasons, found_at, state, reason)
SELECT gen_random_uuid(), one, other, score, reasons, %(now)s, 'open', '' FROM scored
 WHERE (score >= %(least)s OR EXISTS (
    SELECT 1 FROM offenders_likelypair p WHERE p.one_id = one AND p.other_id = other))
   AND NOT EXISTS (  -- what was said of a record goes for the one it is part of
    SELECT 1 FROM offenders_likelypair p
      JOIN offenders_offender g ON g.merged_into_id IN (one, other) AND g.id IN (p.one_id, p.other_id)
     WHERE p.state = 'different' AND (p.one_id IN (one, other) OR p.other_id IN (one, other)))
 ORDER BY one, other
ON CONFLICT (one_id, other_id) DO UPDATE SET score = EXCLUDED.score, reasons = EXCLUDED.reasons,
  state = CASE WHEN {new_number} THEN 'open' ELSE pair.state END,
  found_at = CASE WHEN {new_number} THEN EXCLUDED.found_at ELSE pair.found_at END
 WHERE pair.state <> 'merged' AND (pair.score, pair.reasons) IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.reasons)
"""
NUMBERS = "coalesce(jsonb_array_length(jsonb_path_query_first({}.reasons, '$[*] ? (@.kind == \"number\").numbers')), 0)"
FIND = FIND.replace("{new_number}", f"{NUMBERS.format('EXCLUDED')} > {NUMBERS.format('pair')}")


def find(people):
    """Find the likely pairs that these people (their keys) are of, score them anew. In the caller's transaction."""
    set_similarity(SIMILAR)
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"people": list(people), "least": LEAST, "similar": SIMILAR, "now": timezone.now()})
        return cursor.rowcount


def look_again(row):
    """This record was added or amended: where it is one that people can be alike in, find whom they are like."""
    if isinstance(row, SIGNS):
        find([row.offender_id])


def find_all():
    """Find the likely pairs among everyone. Returns how many are new or other than before."""
    people = list(Offender.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
    return sum(find(people[start : start + BATCH]) for start in range(0, len(people), BATCH))


BORN = {
    "same": "The same date of birth",
    "swapped": "Dates of birth with day and month swapped",
    "digit": "Dates of birth that differ in one digit",
    "about": "Dates of birth close enough, one of them an estimate",
    "apart": "But dates of birth that are far from each other",
}


def words(pair, user):
    """The pair's reasons as sentences, for this reader: of a health service's number they may not know the kind."""
    for reason in pair.reasons:
        match reason["kind"]:
            case "number":
                kinds = [kind for kind in reason["numbers"] if kind in kinds_read_by(user)]
                hidden = len(reason["numbers"]) > len(kinds)
                yield from (f"The same {as_noun(KINDS[kind])}" for kind in kinds)
                if hidden:
                    yield "The same number of a kind that you may not read"
            case "name":
                alike = reason["alike"]
                yield "The same name" if alike == 100 else f"Names spelt alike ({alike} of 100)"
            case "alias":
                alike = reason["alike"]
                yield f"One goes by {'the' if alike == 100 else f'nearly the ({alike} of 100)'} name of the other"
            case "born":
                yield BORN[reason["how"]]
            case "phone":
                yield "The same phone number"
            case "address":
                yield "The same address, now or before"
            case "postcode":
                yield "The same postcode, now or before"
            case "sex":
                yield "But not the same sex"


def pair_of(one, other):
    """The pair of these two people, made now where the machine found none."""
    one, other = sorted([one, other], key=lambda person: person.pk)
    return LikelyPair.objects.get_or_create(one=one, other=other, defaults={"score": 0})[0]
