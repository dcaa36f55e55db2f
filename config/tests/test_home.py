import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import home
from config.context import ROOM, navigation_of
from config.home.panels import Line, Panel, day_words
from conftest import past
from partners.audit.models import Event
from partners.models import Agreement
from referrals.booking.models import Intervention
from referrals.rehab.models import Assessment

TODAY = timezone.localdate()


@pytest.fixture
def page(client):
    def get(user):
        client.force_login(user)
        return client.get("/").content.decode()

    return get


def test_an_auditor_finds_the_record_and_what_was_refused(page, make_user, police, client, officer):
    client.force_login(officer)
    client.get("/audit/")
    text = page(make_user("auditor", police))
    assert "Search the record" in text
    assert "Refused in the last 7 days" in text
    assert "audit:list" in text
    assert "Roles ending soon" not in text


def test_an_administrator_finds_what_runs_out(page, make_user, police, officer):
    for name, days in (("Due soon", 20), ("Overdue", -2), ("Far off", 100)):
        Agreement.objects.create(
            name=name, purpose="Care", categories=Agreement.LEAST, valid_from=dt.date(2020, 1, 1),
            review_on=TODAY + dt.timedelta(days=days),
        )  # fmt: skip
    officer.memberships.update(valid_to=TODAY + dt.timedelta(days=9))
    text = page(make_user("administrator", police))
    assert "Due soon" in text
    assert "Overdue: Review by" in text
    assert "Far off" not in text
    assert str(officer) in text
    assert "Search the record" not in text


def test_who_oversees_the_sharing_is_told_what_an_agreement_that_ends_takes_from_sight(
    page, make_case, facilitator, supervisor, cgl
):
    make_case().share(by=facilitator, agency=cgl)
    Agreement.objects.update(valid_to=TODAY + dt.timedelta(days=5))
    assert "Agreements that end soon" in page(supervisor)
    assert "Agreements that end soon" not in page(facilitator)  # who holds no offenders.view_involvement


def test_a_role_without_panels_is_told_so(page, make_user, police, monkeypatch):
    monkeypatch.setattr(home, "PANELS", [])
    assert "There is nothing here for your role yet" in page(make_user("throughcare_partner", police))


def test_people_shown_on_it_are_recorded(page, facilitator, make_offender, monkeypatch):
    person = make_offender()
    panel = Panel("Due today", count=1, lines=[Line(str(person), "Call")], shown=[person])
    monkeypatch.setattr(home, "PANELS", [(home.DUE, "rehab.view_case", lambda user: panel)])
    assert str(person) in page(facilitator)
    assert Event.objects.filter(verb="home.view").get().offenders == [person.pk]


def test_many_rows_cost_what_one_does(client, make_user, police):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        return len(queries)

    user = make_user("administrator", police)
    client.force_login(user)
    ends = TODAY + dt.timedelta(days=9)
    make_user("officer", police).memberships.update(valid_to=ends)
    client.get("/")
    one = cost()
    for _ in range(10):
        make_user("officer", police).memberships.update(valid_to=ends)
    assert cost() == one


def test_a_panel_without_anything_to_do_is_a_line(page, facilitator):
    text = page(facilitator)
    assert "Nothing waiting" in text
    assert text.index("Refer someone</h2>") < text.index(">New referrals</a>")


def test_a_long_page_begins_with_the_names_of_what_waits(page, facilitator, monkeypatch):
    late = [Line("A call", "1 July", overdue=True)]
    panels = [Panel(f"Panel {n}", count=n, lines=late if n == 2 else []) for n in range(home.MANY + 1)]
    monkeypatch.setattr(home, "PANELS", [(home.DUE, "rehab.view_case", lambda user, of=of: of) for of in panels])
    glance = page(facilitator).split("At a glance")[1].split("</nav>")[0]
    assert home.DUE in glance
    assert home.DECIDE not in glance
    assert glance.count('Panel 2</a> <span class="tc-overdue">Overdue') == glance.count(">Overdue<") == 1
    assert all(f'href="#panel-{n}"' in glance for n in range(1, home.MANY + 1))
    assert "panel-0" not in glance  # nothing waits there
    monkeypatch.setattr(home, "PANELS", home.PANELS[:-1])
    assert "At a glance" not in page(facilitator)


def test_what_the_menu_has_no_room_for_is_behind_its_last_entry(client, supervisor, facilitator):
    client.force_login(supervisor)
    menu, behind = navigation_of(supervisor)
    assert len(menu) <= ROOM + 1
    more = client.get("/more/").content.decode()
    assert behind
    assert all(f'href="{url}">{label}</a>' in more for label, url in behind)
    away = client.get("/cover/").content.decode()
    assert 'href="/more/" aria-current="true"' in away
    client.force_login(facilitator)
    assert "Every page of your role is in the menu." in client.get("/more/").content.decode()


def test_a_day_of_another_year_says_which():
    assert day_words(TODAY.replace(day=1)) == f"1 {TODAY:%B}"
    assert day_words(dt.date(2020, 3, 1)) == "1 March 2020"
    assert day_words(dt.datetime(2020, 6, 30, 23, 30, tzinfo=dt.UTC)) == "1 July 2020"


def test_who_only_sends_sees_what_became_of_their_teams(page, make_user, make_referral, police, npu, facilitator):
    referral = make_referral("submitted")
    text = page(make_user("officer", police, npu))
    assert "My team&#x27;s referrals" in text
    assert str(referral.offender) in text
    assert "My team&#x27;s referrals" not in page(facilitator)


def test_an_error_is_our_own_page_in_development_too(client, officer, settings):
    settings.DEBUG = True
    client.force_login(officer)
    missing = client.get("/people/00000000-0000-4000-8000-000000000000/")
    assert missing.status_code == 404
    assert "URLconf" not in missing.content.decode()
    wrong = client.get("/referrals/?colour=red")
    assert wrong.status_code == 400
    assert "There is no filter" in wrong.content.decode()


def test_who_gives_appointments_sees_today_and_what_is_to_be_recorded(make_appointment, client, worker, make_user):
    over, to_come = make_appointment(), make_appointment()
    past(over)
    client.force_login(worker)
    text = client.get("/").content.decode()
    assert "To record" in text
    assert "Today" in text
    assert "New referrals" not in text  # to be assessed for the rehab programme: not theirs
    assert text.count(str(over.offender)) >= 2
    assert str(to_come.offender) in text
    assert over.offender_id in Event.objects.filter(verb="home.view").last().offenders
    client.force_login(make_user("cranstoun_worker", worker.membership.agency))
    text = client.get("/").content.decode()
    assert not [name for name in (str(over.offender), str(to_come.offender)) if name in text]


def test_who_manages_them_sees_everyones_and_the_concerns(make_appointment, client, worker, make_user):
    appointment = make_appointment("attended")
    client.force_login(make_user("cranstoun_manager", worker.membership.agency))
    assert "To record" in client.get("/").content.decode()
    Intervention.record(appointment, by=worker, how_it_went="well", concern="Sleeps in a stairwell.")
    text = client.get("/").content.decode()
    assert "Concerns for safety" in text
    assert "stairwell" not in text
    assert "What came of every appointment is recorded." in text
    client.force_login(worker)
    assert "Concerns for safety" not in client.get("/").content.decode()


def test_each_agency_is_told_of_the_part_of_an_assessment_it_has_not_finished(make_case, facilitator, cgl_worker, cgl):
    def told(user):
        return [(line.text, line.note.split()[0], line.overdue) for line in home.o2r.to_finish(user).lines]

    case = make_case("assessing")
    case.share(by=facilitator, agency=cgl)
    not_begun = [(str(case.offender), "not", False)]
    assert told(facilitator) == told(cgl_worker) == not_begun
    begun = Assessment.begin(case, by=facilitator, part="offending")
    Assessment.objects.update(recorded_at=timezone.now() - dt.timedelta(days=9))
    assert told(facilitator) == [(str(case.offender), "begun", True)]
    assert told(cgl_worker) == not_begun
    begun.keep(by=facilitator, housing="A hostel")
    begun.finish(by=facilitator)
    assert told(facilitator) == []
    assert told(cgl_worker) == not_begun


def test_one_early_departure_does_not_hide_the_next(make_placement, make_case, provider, facilitator, page):
    stays = [make_placement("arrived", case=make_case()) for _ in range(2)]
    for stay in stays:
        stay.depart(by=provider, departure_reason="left_early", move_on="unknown")
    panel = home.tasks.mine(facilitator)
    assert {line.note.split(", by")[0] for line in panel.lines} == {str(stay.offender) for stay in stays}
    each = panel.count // len(stays)
    assert all(line.note.endswith(f"and {each - 1} more after leaving early") for line in panel.lines)
    assert len(panel.lines) == len(stays)
    for stay in stays:
        assert f"/o2r/cases/{stay.case_id}/throughcare/" in page(facilitator)
    assert all("has left rehab, no plan begun" in line.note for line in home.plan.gaps(facilitator).lines)


def test_the_weekly_progress_is_one_tap_away(make_placement, make_case, provider, page):
    stay = make_placement("arrived", case=make_case(on=TODAY - dt.timedelta(days=60)), on=TODAY - dt.timedelta(days=40))
    assert f"/o2r/placements/{stay.pk}/progress/add/" in page(provider)
    assert page(provider).count(stay.get_absolute_url()) == 1  # of that form alone
