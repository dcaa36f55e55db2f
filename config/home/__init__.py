"""The home page: for each permission, what is now for whoever holds it to do, in the order it should stand."""

from . import administration, divert, o2r, oversight, plan, referring, resolutions, tasks

# permission, the function of the user that gives the panel, or None where there is nothing worth saying
PANELS = [
    ("offenders.review_emergency", oversight.emergencies),
    ("offenders.restrict_offender", oversight.restrictions),
    ("offenders.view_involvement", oversight.agreements_ending),
    ("booking.acknowledge_intervention", divert.concerns),
    ("booking.record_appointment", divert.to_record),
    ("booking.record_appointment", divert.today),
    ("booking.change_availability", divert.this_week),
    ("booking.add_contactattempt", divert.not_contacted),
    ("booking.change_availability", divert.waiting_by_age),
    ("booking.add_contactattempt", divert.to_disengage),
    ("referrals.view_task", tasks.mine),
    ("rehab.allocate_case", tasks.team_overdue),
    ("rehab.plan_case", o2r.overdue),
    ("rehab.plan_case", o2r.due_soon),
    ("rehab.begin_case", o2r.to_assess),
    ("rehab.assess_case", o2r.to_finish),
    ("rehab.allocate_case", o2r.no_contact),
    ("rehab.agree_funding", o2r.funding),
    ("offenders.merge_offender", oversight.merges_to_review),
    ("offenders.merge_offender", oversight.likely_pairs),
    ("rehab.answer_placementquestion", o2r.questions),
    ("rehab.book_placement", o2r.offers),
    ("rehab.plan_case", o2r.comings_and_goings),
    ("rehab.add_absence", o2r.away),
    ("rehab.view_preparation", o2r.preparations),
    ("rehab.begin_plan", plan.gaps),
    ("rehab.do_action", plan.to_do),
    ("rehab.view_case", o2r.shared),
    ("rehab.record_followup", o2r.follow_ups),
    ("rehab.add_progress", o2r.requests_to_answer),
    ("rehab.add_progress", o2r.expected),
    ("rehab.add_progress", o2r.progress_due),
    ("rehab.view_placement", o2r.free_places),
    ("rehab.view_case", o2r.phases),
    ("referrals.approve_resolution", resolutions.waiting),
    ("referrals.formalise_resolution", resolutions.to_formalise),
    ("referrals.oversee_resolution", resolutions.not_engaged),
    ("referrals.add_referral", referring.refer),
    ("referrals.add_referral", referring.unfinished),
    ("referrals.submit_referral", referring.sent),
    ("referrals.submit_referral", referring.team),
    ("audit.view_event", administration.record),
    ("audit.view_event", administration.refused),
    ("partners.change_agreement", administration.agreements_to_review),
    ("partners.change_membership", administration.memberships_ending),
    ("partners.change_user", administration.back_office),
    ("insight.view_report", administration.report),
    ("insight.view_divert_report", administration.divert_report),
]


def panels_for(user):
    return [panel for permission, give in PANELS if user.has_perm(permission) and (panel := give(user))]
