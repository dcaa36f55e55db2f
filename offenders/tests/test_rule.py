"""The rule of who reads what, against an independent and naive statement of it, in small random worlds.

The statement is Python over plain rows and shares nothing with the querysets it is compared with.
"""

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from offenders.models import Consent, Entry, Involvement, Note, Offender
from partners.models import Agency, Agreement, Membership, Unit, User
from partners.reference import next_reference
from partners.roles import ROLES

pytestmark = pytest.mark.django_db

AGENCIES = range(3)  # a force with two teams, and two partners that work agency-wide
HATS = [
    ("facilitator", 0, 0),
    ("facilitator", 0, 1),
    ("officer", 0, 1),
    ("cgl_worker", 1, None),
    ("rehab_provider", 2, None),
]
MATTERS = [uuid.UUID(int=n + 1) for n in range(2)]
WRITTEN = ["case", "general", "health", "police", "safeguarding"]
DAYS = [(-9, None), (-9, 9), (-9, 0), (-9, -1), (1, None)]  # from and to, from today: the last two do not hold

agency = st.sampled_from(AGENCIES)
teams = st.sampled_from([(0, 0), (0, 1), (0, None), (1, None), (2, None)])
agreements = st.lists(
    st.tuples(
        st.sets(agency, min_size=2),
        st.sets(st.sampled_from(["general", "health", "police", "safeguarding"])),
        st.sampled_from(DAYS),
    ),
    max_size=3,
)
involvements = st.lists(
    st.tuples(teams, agency, st.sampled_from(MATTERS), st.sampled_from(DAYS), st.sampled_from([None, 0, 1, 2])),
    max_size=5,
    unique_by=lambda row: (row[0], row[2]),
)
consents = st.lists(
    st.tuples(
        agency,
        st.sampled_from(["sharing", "treatment"]),
        st.sampled_from(["given", "refused"]),
        st.sets(agency, max_size=2),
        st.booleans(),  # whether it stands
    ),
    max_size=4,
    unique_by=lambda row: (row[0], row[1]),
)
texts = st.lists(st.tuples(teams, st.sampled_from(WRITTEN), st.sets(st.sampled_from(MATTERS))), min_size=1, max_size=6)


# the naive statement


def holds(days):
    first, last = days
    return first <= 0 and (last is None or last >= 0)


def agreed(world, one, other, category):
    """Whether what the one wrote of this category may be shown to the other."""
    for parties, covers, days in world["agreements"]:
        if holds(days) and one in parties and other in parties and category in covers | {"identity", "case"}:
            return True
    return False


def own_team(hat, team):
    role, agency, unit = hat
    if agency != team[0]:
        return False
    return "partners.work_agency_wide" in ROLES[role].permissions or (unit is not None and unit == team[1])


def doors(world, hat, me):
    """The matters by which the hat sees the person."""
    found = set()
    for team, opener, matter, days, sender in world["involvements"]:
        if not holds(days) or not (team[0] == opener or agreed(world, team[0], opener, "identity")):
            continue
        sent = sender == me and team[0] == hat[1] and team[1] in (None, hat[2])
        if own_team(hat, team) or sent:
            found.add(matter)
    return found


def consented(world, reader, writer):
    for shown, purpose, answer, covers, stands in world["consents"]:
        if (
            stands
            and purpose == "sharing"
            and answer == "given"
            and shown == reader
            and (not covers or writer in covers)
        ):
            return True
    return False


def reads(world, hat, me, text, kind):
    role, (writer, unit), category = ROLES[hat[0]], text[0], text[1]
    matters = doors(world, hat, me)
    if f"offenders.view_{kind}" not in role.permissions or not matters:
        return False
    mine = own_team(hat, (writer, unit))
    if not (mine or text[2] & matters):
        return False
    if writer != hat[1] and not agreed(world, writer, hat[1], category):
        return False
    if category in role.categories:
        return True
    return category in role.with_consent and (mine or consented(world, hat[1], writer))


# the same world in the database


@pytest.fixture
def cast(db):
    agencies = [Agency.objects.create(name=f"Party {n}", kind="other") for n in AGENCIES]
    today = timezone.localdate()
    units = [Unit.objects.create(agency=agencies[0], name=f"Team {n}", kind="team", valid_from=today) for n in range(2)]
    users = []
    for n, (role, agency, unit) in enumerate(HATS):
        user = User.objects.create_user(f"party{n}@throughcare.example", None, given_names="Ama", family_name=f"{n}")
        Membership.objects.create(
            user=user, role=role, agency=agencies[agency], unit=None if unit is None else units[unit], valid_from=today
        )
        users.append(User.objects.get(pk=user.pk))
    return agencies, units, users


def build(world, agencies, units, users):
    today, by = timezone.localdate(), users[0]

    def between(days):
        first, last = days
        until = None if last is None else today + dt.timedelta(days=last)
        return {"valid_from": today + dt.timedelta(days=first), "valid_to": until}

    def placed(team):
        return {"agency": agencies[team[0]], "unit": None if team[1] is None else units[team[1]]}

    person = Offender.objects.create(
        reference=next_reference("PN"), given_names="Sam", family_name="Person", recorded_by=by
    )
    for n, (parties, covers, days) in enumerate(world["agreements"]):
        agreement = Agreement.objects.create(
            name=f"Agreement {n}", purpose="x", categories=["identity", "case", *covers], **between(days)
        )
        agreement.agencies.set([agencies[party] for party in parties])
    for team, opener, matter, days, sender in world["involvements"]:
        Involvement.objects.create(
            offender=person, basis="referral", matter=matter, opened_by=agencies[opener],
            recorded_by=users[-1] if sender is None else users[sender], **placed(team), **between(days),
        )  # fmt: skip
    for shown, purpose, answer, covers, stands in world["consents"]:
        ended = None if stands else timezone.now() + dt.timedelta(seconds=9)
        consent = Consent.objects.create(
            offender=person, agency=agencies[shown], purpose=purpose, answer=answer, answered_on=today, how="form",
            recorded_by=by, by_agency=agencies[0], ended_at=ended,
        )  # fmt: skip
        consent.covers.set([agencies[one] for one in covers])
    rows = {Note: [], Entry: []}
    for team, category, matters in world["texts"]:
        for model, more in ((Note, {"kind": "visit", "text": "x"}), (Entry, {"kind": "note", "sentence": "x"})):
            row = model.objects.create(
                offender=person, category=category, matters=list(matters), happened_at=timezone.now(), by=by, **more,
                **placed(team),
            )  # fmt: skip
            rows[model].append(row.pk)
    return person, rows


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(agreements=agreements, involvements=involvements, consents=consents, texts=texts)
def test_who_reads_what_is_as_the_naive_statement_says(cast, agreements, involvements, consents, texts):
    world = {"agreements": agreements, "involvements": involvements, "consents": consents, "texts": texts}
    agencies, units, users = cast
    with transaction.atomic():
        person, rows = build(world, agencies, units, users)
        for me, (hat, user) in enumerate(zip(HATS, users, strict=True)):
            sees = Offender.objects.visible_to(user).filter(pk=person.pk).exists()
            assert sees == bool(doors(world, hat, sender_as(me))), hat
            for model, kind in ((Note, "note"), (Entry, "entry")):
                found = set(model.objects.visible_to(user).filter(offender=person).values_list("pk", flat=True))
                said = {pk for pk, text in zip(rows[model], texts, strict=True)
                        if reads(world, hat, sender_as(me), text, kind)}  # fmt: skip
                assert found == said, (hat, kind)
        transaction.set_rollback(True)


def sender_as(me):
    """Involvements that nobody in particular recorded are the last one's."""
    return None if me == len(HATS) - 1 else me
