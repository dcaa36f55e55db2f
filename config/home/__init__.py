"""The home page: for each permission, what is now for whoever holds it to do, in the order it should stand."""

from . import (
    administration,
    alerts,
    cover,
    deadlines,
    divert,
    messages,
    o2r,
    oversight,
    plan,
    referring,
    resolutions,
    retention,
    reviews,
    subject_access,
    tasks,
)

DECIDE, DUE, PEOPLE, LOOK = GROUPS = ["To decide", "Overdue and due", "People", "To look at"]
MANY = 5  # with so many panels that count something, the page begins with their names

# group, permission, the function of the user that gives the panel, or None where there is nothing worth saying
PANELS = [
    (DECIDE, "oversight.view_approval", oversight.approvals),
    (DECIDE, "offenders.view_involvement", oversight.agreements_ending),
    (DECIDE, "booking.acknowledge_intervention", divert.concerns),
    (PEOPLE, "referrals.view_cover", cover.yours),
    (DECIDE, "rehab.allocate_case", cover.of_who_left),
    (DECIDE, "booking.change_availability", cover.referrals_of_who_left),
    (DUE, "retention.view_schedule", retention.due),
    (DUE, "notices.see_to_notice", messages.not_delivered),
    (DUE, "booking.record_appointment", divert.to_record),
    (DUE, "booking.record_appointment", divert.today),
    (PEOPLE, "booking.change_availability", divert.this_week),
    (PEOPLE, "booking.add_contactattempt", divert.not_contacted),
    (PEOPLE, "booking.change_availability", divert.waiting_by_age),
    (PEOPLE, "booking.add_contactattempt", divert.to_disengage),
    (DUE, "referrals.view_task", tasks.mine),
    (DUE, "referrals.view_deadline", deadlines.mine),
    (DUE, "referrals.oversee_deadline", deadlines.team_overdue),
    (DUE, "rehab.allocate_case", tasks.team_overdue),
    (DUE, "rehab.begin_review", reviews.due),
    (LOOK, "rehab.view_review", reviews.of_mine),
    (DUE, "rehab.plan_case", o2r.overdue),
    (DUE, "rehab.plan_case", o2r.due_soon),
    (DECIDE, "rehab.begin_case", o2r.to_assess),
    (DUE, "rehab.assess_case", o2r.to_finish),
    (PEOPLE, "rehab.allocate_case", o2r.no_contact),
    (PEOPLE, "referrals.view_cover", cover.away),
    (DECIDE, "offenders.merge_offender", oversight.likely_pairs),
    (DECIDE, "rehab.answer_placementquestion", o2r.questions),
    (DECIDE, "rehab.book_placement", o2r.offers),
    (PEOPLE, "rehab.plan_case", o2r.comings_and_goings),
    (PEOPLE, "rehab.add_absence", o2r.away),
    (PEOPLE, "rehab.view_preparation", o2r.preparations),
    (PEOPLE, "rehab.begin_plan", plan.gaps),
    (DUE, "rehab.do_action", plan.to_do),
    (PEOPLE, "rehab.view_case", o2r.shared),
    (DUE, "rehab.record_followup", o2r.follow_ups),
    (DECIDE, "rehab.add_progress", o2r.requests_to_answer),
    (PEOPLE, "rehab.add_progress", o2r.expected),
    (DUE, "rehab.add_progress", o2r.progress_due),
    (LOOK, "rehab.view_placement", o2r.free_places),
    (PEOPLE, "rehab.view_case", o2r.phases),
    (LOOK, "oversight.view_gap", oversight.gaps),
    (DECIDE, "referrals.formalise_resolution", resolutions.to_formalise),
    (PEOPLE, "referrals.oversee_resolution", resolutions.not_engaged),
    (LOOK, "referrals.add_referral", referring.refer),
    (DUE, "referrals.add_referral", referring.unfinished),
    (PEOPLE, "referrals.submit_referral", referring.sent),
    (PEOPLE, "referrals.submit_referral", referring.team),
    (DUE, "subject_access.answer_subjectrequest", subject_access.to_answer),
    (DECIDE, "alerts.review_alert", alerts.to_look_into),
    (LOOK, "audit.view_event", administration.record),
    (LOOK, "audit.view_event", administration.refused),
    (DECIDE, "partners.change_accessreview", administration.access_reviews),
    (DUE, "partners.change_agreement", administration.agreements_to_review),
    (DUE, "partners.change_membership", administration.memberships_ending),
    (DUE, "systems.change_system", administration.tokens_ending),
    (LOOK, "partners.change_user", administration.back_office),
    (LOOK, "insight.view_report", administration.report),
    (LOOK, "insight.view_divert_report", administration.divert_report),
]


def panels_for(user):
    return [
        panel._replace(group=group)
        for group, permission, give in PANELS
        if user.has_perm(permission) and (panel := give(user))
    ]


def at_a_glance(panels):
    """[(group, its panels)] of those in which something waits; empty where the page itself is short."""
    waiting = [panel for panel in panels if panel.count]
    if len(waiting) < MANY:
        return []
    parts = [(group, [panel for panel in waiting if panel.group == group]) for group in GROUPS]
    return [(group, some) for group, some in parts if some]
