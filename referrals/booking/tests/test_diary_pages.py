import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import past
from partners.audit.models import Event
from referrals.booking import slots
from referrals.booking.models import Appointment, ContactAttempt, Intervention
from referrals.models import Drug


def url(name, row=None):
    return reverse(f"booking:{name}", args=[row.pk] if row else [])


def test_a_day_shows_who_comes_and_what_is_free(make_appointment, signed_in, worker):
    appointment = make_appointment()
    day = timezone.localdate(appointment.starts_at)
    page = signed_in(worker).get(f"{url('diary')}?day={day}")
    text = page.content.decode()
    assert str(appointment.offender) in text
    assert "Free, by phone" in text
    assert "Say what happened" not in text
    assert appointment.offender_id in Event.objects.filter(verb="appointment.diary").last().offenders


def test_what_is_over_comes_first(make_appointment, signed_in, worker):
    appointment = make_appointment()
    past(appointment)
    text = signed_in(worker).get(url("diary")).content.decode()
    assert text.index("Say what happened") < text.index("Appointments</h2>")
    assert url("appointment_record", appointment) in text


def test_what_is_to_be_written_up_comes_last_and_says_the_year(make_appointment, signed_in, worker):
    appointment = make_appointment("attended")
    start = timezone.now() - dt.timedelta(days=400)
    Appointment.objects.filter(pk=appointment.pk).update(starts_at=start, ends_at=start + dt.timedelta(minutes=30))
    text = signed_in(worker).get(url("diary")).content.decode()
    assert text.index("Appointments</h2>") < text.index('id="unwritten"')
    assert f"{timezone.localtime(start):%a %-d %b %Y}," in text


def test_an_appointment_leads_on(make_appointment, signed_in, worker, officer):
    appointment = make_appointment()
    referral = appointment.referral.get_absolute_url()
    assert appointment.get_absolute_url() in signed_in(officer).get(referral).content.decode()
    past(appointment)
    contact = url("contact", appointment.referral)
    assert contact not in signed_in(worker).get(url("appointment", appointment)).content.decode()
    appointment.record(by=worker, took_place=True, attended=False)
    assert contact in signed_in(worker).get(url("appointment", appointment)).content.decode()
    assert contact not in signed_in(officer).get(url("appointment", appointment)).content.decode()
    assert "See the appointment" not in signed_in(officer).get(referral).content.decode()


def test_a_worker_sees_their_own_diary_and_a_manager_any(make_appointment, make_user, cranstoun, signed_in, manager):
    appointment = make_appointment()
    day, other = timezone.localdate(appointment.starts_at), make_user("cranstoun_worker", cranstoun)
    theirs = f"{url('diary_week')}?day={day}&worker={appointment.worker_id}"
    assert signed_in(other).get(theirs).status_code == 400
    assert str(appointment.offender) not in signed_in(other).get(f"{url('diary_week')}?day={day}").content.decode()
    assert str(appointment.offender) in signed_in(manager).get(theirs).content.decode()


def test_a_manager_of_another_agency_sees_nothing(make_appointment, make_user, make_agency, signed_in):
    appointment = make_appointment()
    stranger = signed_in(make_user("cranstoun_manager", make_agency("treatment")))
    assert stranger.get(f"{url('diary')}?worker={appointment.worker_id}").status_code == 400
    assert stranger.get(url("hours", appointment.worker)).status_code == 404
    assert stranger.get(url("appointment", appointment)).status_code == 404
    assert str(appointment.worker_id) not in stranger.get(url("board")).content.decode()


def test_an_officer_sees_that_they_came_and_no_word_of_what_was_said(
    make_appointment, signed_in, worker, officer, lead
):
    appointment = make_appointment("attended")
    appointment.correct(by=worker, reason="More became known later", took_place=True, attended=True, late_minutes=25)
    Intervention.record(appointment, by=worker, how_it_went="well", agreed="Stop smoking heroin", concern="Afraid.")
    for user in (officer, lead):
        for address in (url("appointment", appointment), appointment.referral.get_absolute_url(),
                        appointment.offender.get_absolute_url() + "timeline/"):  # fmt: skip
            text = signed_in(user).get(address).content.decode()
            assert not [word for word in ("heroin", "Afraid", "AUDIT", "minutes late") if word in text], (user, address)
        assert "Attended" in signed_in(user).get(url("appointment", appointment)).content.decode()
    text = signed_in(worker).get(url("appointment", appointment)).content.decode()
    assert "heroin" in text
    assert "25 minutes late" in text


def test_recording_that_they_came_leads_to_writing_it_up(make_appointment, signed_in, worker):
    appointment = make_appointment()
    past(appointment)
    browser = signed_in(worker)
    wrong = browser.post(url("appointment_record", appointment), {"took_place": "True"})
    assert wrong.status_code == 422
    assert "Answer “Did they attend?”" in wrong.content.decode()
    came = {"took_place": "True", "attended": "True", "late_minutes": "10"}
    answer = browser.post(url("appointment_record", appointment), came)
    assert answer.url == url("write_up", appointment)
    drug = Drug.objects.on().first()
    said = {"how_it_went": "some", "drugs": [drug.pk], "main_drug": drug.pk, "advice": ["overdose", "naloxone"],
            "audit_frequency": "3", "audit_units": "2", "audit_binge": "1", "onward": ["gp"]}  # fmt: skip
    assert browser.post(url("write_up", appointment), said).url == url("appointment", appointment)
    row = Intervention.objects.get()
    assert (row.audit_c, row.advice, row.main_drug) == (6, ["overdose", "naloxone"], drug)
    assert "ask the other seven" in browser.get(url("appointment", appointment)).content.decode()
    appointment.refresh_from_db()
    assert (appointment.status, appointment.late_minutes) == ("attended", 10)


def test_that_it_did_not_take_place_says_why_and_leads_back(make_appointment, signed_in, worker):
    appointment = make_appointment()
    past(appointment)
    browser, said = signed_in(worker), {"took_place": "False"}
    assert browser.post(url("appointment_record", appointment), said).status_code == 422
    answer = browser.post(url("appointment_record", appointment), said | {"why": "The place was closed"})
    assert answer.url == url("appointment", appointment)


def test_rescheduled_it_keeps_what_it_was(make_appointment, signed_in, worker, officer):
    appointment = make_appointment()
    slot = slots.free(appointment.agency, worker=worker, limit=3)[-1]
    said = {"slot": slot.key, "asked_by": "person", "reason": "Cannot make that time"}
    answer = signed_in(worker).post(url("appointment_reschedule", appointment), said)
    new = Appointment.objects.get(replaces=appointment)
    assert answer.url == url("appointment", new)
    text = signed_in(officer).get(url("appointment", new)).content.decode()
    assert "How it was moved" in text
    assert "Cannot make that time" in text
    assert "Asked by the person" in text


def test_a_time_that_is_gone_is_said_so_and_others_are_shown(make_appointment, signed_in, worker):
    first, second = make_appointment(), make_appointment()
    taken = slots.Slot(worker, first.starts_at, first.ends_at, "phone", "", first.agency_id, None)
    said = {"slot": taken.key, "asked_by": "person", "reason": "Cannot make that time"}
    page = signed_in(worker).post(url("appointment_reschedule", second), said)
    assert page.status_code == 422
    assert "not free any more" in page.content.decode()


def test_where_they_were_sent_on_to_has_a_name_and_likely_drugs_come_first(make_appointment, signed_in, worker):
    appointment = make_appointment("attended")
    said = {"how_it_went": "well", "onward": ["other"]}
    page = signed_in(worker).post(url("write_up", appointment), said)
    assert page.status_code == 422
    text = page.content.decode()
    assert "Enter which service it is" in text
    assert text.index("Ketamine") < text.index("Amphetamine")
    assert (
        signed_in(worker).post(url("write_up", appointment), said | {"onward_detail": "A food bank"}).status_code == 302
    )


def test_a_follow_up_is_booked(make_appointment, signed_in, worker):
    referral = make_appointment("attended").referral
    browser = signed_in(worker)
    assert "Book an appointment" in browser.get(url("contact", referral)).content.decode()
    slot = slots.free(worker.membership.agency, worker=worker, limit=1)[0]
    assert browser.get(f"{url('book', referral)}?mode=phone").status_code == 200
    assert browser.get(f"{url('book', referral)}?mode=pigeon").status_code == 400
    browser.post(url("book", referral), {"slot": slot.key, "kind": "follow_up"})
    assert referral.appointments.filter(status="booked", kind="follow_up").exists()
    assert browser.get(url("book", referral)).status_code == 302  # one at a time


def test_an_attempt_is_logged_on_its_page(make_appointment, signed_in, worker, officer):
    referral = make_appointment().referral
    browser = signed_in(worker)
    assert browser.post(url("contact", referral), {}).status_code == 422
    browser.post(url("contact", referral), {"method": "phone", "result": "message"})
    assert ContactAttempt.objects.get().result == "message"
    assert "Left a message" in browser.get(url("contact", referral)).content.decode()
    assert signed_in(officer).get(url("contact", referral)).status_code == 403


def test_who_waits_longest_is_first_and_the_deadline_is_paused(make_appointment, signed_in, worker, send_divert):
    today = timezone.localdate()
    late = make_appointment(referred_on=today - dt.timedelta(days=20)).referral
    soon = make_appointment().referral
    browser = signed_in(worker)
    text = browser.get(url("waiting")).content.decode()
    assert text.index(str(late.offender)) < text.index(str(soon.offender))
    assert "working days over" in text
    assert "5 working days left" in text
    text = browser.get(f"{url('waiting')}?stands=overdue").content.decode()
    assert str(late.offender) in text
    assert str(soon.offender) not in text
    deadline = late.deadlines.get(kind="first_contact")
    browser.post(reverse("deadlines:pause", args=[deadline.pk]), {"reason": "hospital"})
    assert "Paused: in hospital" in browser.get(url("waiting")).content.decode()
    browser.post(reverse("deadlines:resume", args=[deadline.pk]), {})
    assert "Paused:" not in browser.get(f"{url('waiting')}?stands=paused").content.decode().split("</form>")[-1]


def test_the_page_of_not_engaged_lists_what_was_tried(make_appointment, signed_in, worker):
    referral = make_appointment("missed").referral
    ContactAttempt.record(referral, by=worker, method="letter", result="no_answer")
    text = signed_in(worker).get(reverse("referrals:disengage", args=[referral.pk])).content.decode()
    assert "Letter: No answer" in text
    assert "did not attend" in text
    answer = signed_in(worker).post(
        reverse("referrals:disengage", args=[referral.pk]), {"reason": "Could not be reached"}
    )
    assert answer.status_code == 302
    referral.refresh_from_db()
    assert referral.status == "not_engaged"


def test_completion_is_by_what_was_offered(make_appointment, signed_in, worker):
    referral = make_appointment("attended").referral
    referral.refresh_from_db()
    page = signed_in(worker).get(url("complete", referral)).content.decode()
    assert "Course completed" in page
    assert "Young people" not in page
    signed_in(worker).post(url("complete", referral), {"outcome": "Course completed"})
    referral.refresh_from_db()
    assert (referral.status, referral.outcome) == ("completed", "Course completed")


def test_a_concern_is_acknowledged_by_a_manager(make_appointment, signed_in, worker, manager):
    appointment = make_appointment("attended")
    row = Intervention.record(appointment, by=worker, how_it_went="well", concern="Afraid to go home.")
    assert signed_in(worker).post(url("acknowledge", row)).status_code == 403
    assert "see to it" in signed_in(manager).get(url("appointment", appointment)).content.decode()
    signed_in(manager).post(url("acknowledge", row))
    row.refresh_from_db()
    assert row.acknowledged_by == manager


@pytest.mark.parametrize("name", ["diary", "diary_week", "waiting", "board"])
def test_fifty_take_as_many_queries_as_one(
    make_appointment, make_more, signed_in, manager, name, django_assert_max_num_queries
):
    appointment = make_appointment()
    browser = signed_in(manager)
    address = f"{url(name)}?day={timezone.localdate(appointment.starts_at)}&worker={appointment.worker_id}"
    address = address if name.startswith("diary") else url(name)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        browser.get(address)
    ContactAttempt.record(appointment.referral, by=appointment.worker, method="phone", result="message")
    Appointment.objects.filter(pk=appointment.pk)
    for _ in range(5):
        make_appointment()
    with CaptureQueriesContext(connection) as many:
        browser.get(address)
    assert len(many) <= len(one)
