"""The one table of roles: what each may do, and which categories of information it may see.

Groups of the same names are made from it by `manage.py sync_roles`. Code asks for permissions,
never for the name of a role.
"""

from typing import NamedTuple

from django.db.models import TextChoices


class Category(TextChoices):
    """What kind of information a text is, and so who may read it."""

    IDENTITY = "identity", "Identity: who and where"
    CASE = "case", "Case: referral, status, dates"
    GENERAL = "general", "General notes"
    HEALTH = "health", "Health and treatment"
    DRUG_TEST = "drug_test", "Drug test in custody"
    SAFEGUARDING = "safeguarding", "Safeguarding"
    POLICE = "police", "Police only"
    AGGREGATE = "aggregate", "Figures without names"


class Role(NamedTuple):
    label: str
    permissions: frozenset
    categories: frozenset
    purpose: str  # written into the record with all they see and do
    rows: str  # in words, for the page that prints this table
    with_consent: frozenset = frozenset()  # categories seen only in what their own team wrote, or with consent


def _permissions(text):
    return frozenset(text.split())


C = Category
_POLICE_CASEWORK = {C.IDENTITY, C.CASE, C.GENERAL, C.POLICE}
_TREATMENT = {C.IDENTITY, C.CASE, C.GENERAL, C.HEALTH, C.SAFEGUARDING}

_SEND = """
    offenders.view_offender offenders.change_offender offenders.view_entry
    offenders.view_amendment notices.see_to_notice
    referrals.view_referral referrals.add_referral referrals.revise_referral
    referrals.submit_referral referrals.withdraw_referral
"""
_STREET = """
    referrals.view_resolution referrals.add_resolution
    booking.view_appointment booking.book_appointment booking.reschedule_appointment booking.cancel_appointment
"""
_COVERS = "referrals.view_cover referrals.add_cover referrals.end_cover referrals.cancel_cover"
_TASKS = """
    referrals.view_task referrals.do_task referrals.drop_task referrals.snooze_task referrals.hand_over_task
"""
_DOCUMENTS = """
    documents.view_document documents.add_document documents.amend_document documents.remove_document
"""
_TREATING = f"""
    {_SEND} {_DOCUMENTS} partners.work_agency_wide offenders.view_note offenders.add_note offenders.amend_note
    offenders.view_consent
"""
_GIVING = f"""
    {_TREATING} {_TASKS} referrals.add_task
    referrals.return_referral referrals.accept_referral referrals.decline_referral referrals.redirect_referral
    referrals.engage_referral referrals.complete_referral referrals.disengage_referral referrals.close_referral
    referrals.view_resolution referrals.view_deadline referrals.pause_deadline referrals.resume_deadline
    referrals.view_cover
    booking.view_appointment booking.book_appointment booking.record_appointment booking.correct_appointment
    booking.reschedule_appointment booking.cancel_appointment booking.view_intervention booking.add_intervention
    booking.view_contactattempt booking.add_contactattempt booking.view_availability
"""
_PREPARING = """
    rehab.view_preparation rehab.arrange_preparation rehab.begin_preparation rehab.complete_preparation
    rehab.leave_preparation rehab.cancel_preparation
"""
_CASEWORK = f"""
    {_SEND} {_DOCUMENTS} {_STREET} {_TASKS} referrals.add_task referrals.view_cover
    offenders.find_offender offenders.open_emergency
    offenders.view_note offenders.add_note offenders.amend_note offenders.view_sharing
    offenders.add_identifier offenders.add_alias offenders.add_address offenders.add_marker offenders.view_consent
    offenders.add_consent
    referrals.return_referral referrals.accept_referral referrals.decline_referral referrals.redirect_referral
    referrals.engage_referral referrals.complete_referral referrals.disengage_referral referrals.close_referral
    referrals.view_deadline referrals.pause_deadline referrals.resume_deadline
    rehab.view_case rehab.begin_case rehab.assess_case rehab.bring_in_case rehab.refer_on_case rehab.turn_down_case
    rehab.stand_down_case rehab.start_detox_case rehab.plan_case rehab.rate_case rehab.share_case rehab.close_case
    rehab.view_placement rehab.request_placement rehab.offer_placement rehab.decline_placement rehab.book_placement
    rehab.arrive_placement rehab.not_arrive_placement rehab.depart_placement rehab.withdraw_placement
    rehab.view_followup rehab.record_followup rehab.view_rehabunit
    rehab.extend_placement rehab.move_placement rehab.view_absence rehab.add_absence rehab.return_absence
    rehab.view_outofuse rehab.add_outofuse rehab.change_outofuse
    rehab.view_placementquestion rehab.answer_placementquestion {_PREPARING}
    rehab.view_funding rehab.ask_funding rehab.withdraw_funding rehab.view_funder
    rehab.view_plan rehab.begin_plan rehab.finish_plan rehab.reopen_plan rehab.lead_plandomain
    rehab.set_aside_plandomain rehab.view_action rehab.add_action rehab.do_action rehab.drop_action
    rehab.reopen_action rehab.link_action rehab.revoke_actionlink rehab.view_review
"""
_RETENTION = "retention.view_schedule retention.view_decision retention.view_hold"
_SUPERVISION = f"""
    {_CASEWORK} {_COVERS} referrals.reassign_referral offenders.review_emergency offenders.view_emergencyaccess
    partners.open_backoffice referrals.reopen_referral rehab.allocate_case rehab.reopen_case
    offenders.restrict_offender offenders.view_restriction offenders.view_identifier
    offenders.view_address offenders.view_marker offenders.view_involvement rehab.view_assessment rehab.view_allocation
    insight.view_report insight.open_report insight.view_divert_report partners.view_setting
    offenders.widen_note documents.widen_document
    offenders.merge_offender offenders.view_likelypair offenders.view_merge
    rehab.exceed_placement rehab.agree_funding rehab.confirm_funding rehab.refuse_funding rehab.pay_funding
    rehab.view_payment rehab.view_budget rehab.view_unitcost oversight.view_approval oversight.view_gap
    rehab.begin_review rehab.write_review rehab.finish_review rehab.leave_review rehab.view_sample rehab.add_sample
    referrals.oversee_deadline
    {_RETENTION} retention.review_schedule
"""
ROLES = {
    "officer": Role(
        "Police officer",
        _permissions(f"{_SEND} {_STREET} offenders.find_offender"),
        frozenset({C.IDENTITY, C.CASE}),
        "referral",
        "Referrals they or their unit sent; people they search for to refer, by name and date of birth.",
    ),
    "custody_officer": Role(
        "Custody officer",
        _permissions(f"{_SEND} {_STREET} offenders.find_offender offenders.open_emergency oversight.view_gap"),
        frozenset({C.IDENTITY, C.CASE, C.DRUG_TEST}),
        "custody",
        "Detentions of their suite; referrals they or their suite sent.",
    ),
    "facilitator": Role(
        "O2R facilitator",
        _permissions(_CASEWORK),
        frozenset(_POLICE_CASEWORK),
        "offender management",
        "O2R cases, their own first and the team's too; health from other agencies where the person consented.",
        frozenset({C.HEALTH}),
    ),
    "supervisor": Role(
        "O2R supervisor",
        _permissions(_SUPERVISION),
        frozenset(_POLICE_CASEWORK),
        "supervision",
        "All O2R referrals, cases and placements.",
        frozenset({C.HEALTH}),
    ),
    "resolution_lead": Role(
        "Out-of-court lead",
        _permissions("""
            partners.open_backoffice offenders.view_offender offenders.view_entry offenders.view_amendment
            referrals.view_referral referrals.reopen_referral referrals.view_resolution referrals.oversee_resolution
            referrals.approve_resolution referrals.refuse_resolution referrals.formalise_resolution
            booking.view_appointment insight.view_divert_report insight.open_divert_report oversight.view_approval
        """),
        frozenset({C.IDENTITY, C.CASE, C.POLICE}),
        "out-of-court resolution",
        "Every referral with a resolution once it is sent, and the people in them; nothing of their health.",
    ),
    "cranstoun_worker": Role(
        "Cranstoun worker",
        _permissions(_GIVING),
        frozenset(_TREATMENT),
        "treatment",
        "Referrals to Cranstoun, and those Cranstoun sent.",
    ),
    "arrest_referral_worker": Role(
        "Cranstoun arrest referral worker",
        _permissions(_GIVING),
        frozenset({*_TREATMENT, C.DRUG_TEST}),
        "treatment",
        "Detentions in covered suites; referrals to and from Cranstoun.",
    ),
    "cranstoun_manager": Role(
        "Cranstoun manager",
        _permissions(f"""
            {_GIVING} documents.widen_document partners.open_backoffice
            insight.view_divert_report insight.open_divert_report
            referrals.reopen_referral referrals.reassign_referral {_COVERS}
            referrals.oversee_deadline
            booking.add_availability booking.change_availability booking.acknowledge_intervention
            oversight.view_approval oversight.view_gap
            {_RETENTION} retention.review_schedule
        """),
        frozenset({*_TREATMENT, C.DRUG_TEST}),
        "treatment",
        "Everything of Cranstoun's.",
    ),
    "cgl_worker": Role(
        "CGL worker",
        _permissions(f"""
            {_TREATING} {_TASKS} referrals.add_task offenders.add_consent rehab.view_case rehab.assess_case
            rehab.view_placement rehab.view_followup rehab.record_followup rehab.view_rehabunit rehab.view_absence
            rehab.view_outofuse rehab.view_placementquestion {_PREPARING}
            rehab.view_plan rehab.lead_plandomain
            rehab.view_action rehab.add_action rehab.do_action rehab.drop_action
        """),
        frozenset(_TREATMENT),
        "treatment",
        "Cases shared with CGL; referrals CGL sent.",
    ),
    "rehab_provider": Role(
        "Rehab provider",
        _permissions(f"""
            {_TASKS} {_DOCUMENTS} partners.work_agency_wide
            offenders.view_offender offenders.view_entry offenders.view_note
            offenders.view_amendment offenders.add_note offenders.amend_note offenders.view_consent
            rehab.view_placement rehab.offer_placement rehab.decline_placement
            rehab.arrive_placement rehab.not_arrive_placement rehab.depart_placement rehab.add_progress
            rehab.view_rehabunit rehab.move_placement rehab.view_absence rehab.add_absence rehab.return_absence
            rehab.view_outofuse rehab.add_outofuse rehab.change_outofuse
            rehab.view_placementquestion rehab.ask_placementquestion
            rehab.view_action rehab.do_action rehab.drop_action
        """),
        frozenset({C.IDENTITY, C.CASE, C.GENERAL, C.HEALTH}),
        "residential rehab",
        "Placements sent to their units, with the health information the request carries.",
    ),
    "throughcare_partner": Role(
        "Throughcare partner",
        _permissions("""
            partners.work_agency_wide rehab.view_action rehab.do_action rehab.drop_action
        """),
        frozenset({C.IDENTITY, C.CASE, C.GENERAL}),
        "throughcare",
        "The actions given to their agency, with the name and phone of the person, until each is answered.",
    ),
    "analyst": Role(
        "Analyst",
        _permissions("insight.view_report insight.view_divert_report"),
        frozenset({C.AGGREGATE}),
        "reporting",
        "Figures, never names; small numbers hidden.",
    ),
    "auditor": Role(
        "Auditor",
        _permissions(f"""
            audit.view_event alerts.review_alert subject_access.answer_subjectrequest
            partners.view_roles partners.view_agreement {_RETENTION} retention.oversee_schedule
        """),
        frozenset(),
        "audit",
        "The record, odd reading, the table of roles, agreements; until when records are kept, by reference; of people "
        "who ask for it, what the own agency holds.",
    ),
    "administrator": Role(
        "Administrator",
        _permissions("""
            partners.open_backoffice partners.view_roles
            partners.view_agency partners.add_agency partners.change_agency
            partners.view_unit partners.add_unit partners.change_unit
            partners.view_service partners.add_service partners.change_service
            partners.view_user partners.add_user partners.change_user
            partners.view_membership partners.add_membership partners.change_membership
            partners.view_agreement partners.add_agreement partners.change_agreement
            signin.view_provider signin.add_provider signin.change_provider
            partners.view_accessreview partners.add_accessreview partners.change_accessreview
            partners.view_setting partners.add_setting partners.change_setting
            systems.view_system systems.add_system systems.change_system
            systems.view_hook systems.add_hook systems.change_hook systems.view_delivery
            partners.view_area rehab.view_rehabunit rehab.add_rehabunit rehab.change_rehabunit
            rehab.view_outofuse rehab.add_outofuse rehab.change_outofuse
            rehab.view_funder rehab.add_funder rehab.change_funder
            rehab.view_budget rehab.add_budget rehab.change_budget
            rehab.view_unitcost rehab.add_unitcost rehab.change_unitcost
            referrals.view_drug referrals.add_drug referrals.change_drug
            referrals.view_offence referrals.add_offence referrals.change_offence
        """),
        frozenset(),
        "administration",
        "Agencies, units, users, memberships, agreements, settings, drugs, offences; none of the casework.",
    ),
}


def label_of(name):
    """A role's name as people know it; one that there is no more, as it was written."""
    return ROLES[name].label if name in ROLES else name


def roles_with(permission):
    """The roles that have this permission."""
    return [name for name, role in ROLES.items() if permission in role.permissions]


def readers_gained(before, after):
    """The roles that read more of what is of category `after` than of what is of `before`."""

    def sight(role, category):
        """All of it; that of their own team, or with consent; none."""
        return 2 if category in role.categories else 1 if category in role.with_consent else 0

    return [name for name, role in ROLES.items() if sight(role, after) > sight(role, before)]
