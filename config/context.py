"""What every page shows around its own content."""

from django.urls import reverse

from offenders.models import EmergencyAccess
from partners.signin.session_limits import idle_limit, time_left
from partners.signin.sso import Provider

# label, the name of the address, the permission that opens it
NAVIGATION = [
    ("My day", "day", "referrals.view_task"),
    ("Diary", "booking:diary", "booking.record_appointment"),
    ("Waiting", "booking:waiting", "booking.add_contactattempt"),
    ("Board", "booking:board", "booking.change_availability"),
    ("Tasks", "tasks:list", "referrals.view_task"),
    ("Deadlines", "deadlines:list", "referrals.view_deadline"),
    ("Caseload", "rehab:caseload", "rehab.view_case"),
    ("Rehab", "rehab:placements", "rehab.view_placement"),
    ("Follow-ups", "rehab:follow_ups", "rehab.view_followup"),
    ("Referrals", "referrals:list", "referrals.view_referral"),
    ("Resolutions", "referrals:resolutions", "referrals.oversee_resolution"),
    ("To allocate", "rehab:to_allocate", "rehab.allocate_case"),
    ("To allocate", "booking:to_allocate", "booking.change_availability"),
    ("Who is away", "cover:list", "referrals.view_cover"),
    ("To approve", "oversight:approvals", "oversight.view_approval"),
    ("Emergency access", "offenders:emergencies", "offenders.review_emergency"),
    ("Duplicates", "offenders:pairs", "offenders.merge_offender"),
    ("Retention", "retention:list", "retention.view_schedule"),
    ("Figures", "insight:programme", "insight.view_report"),
    ("Divert figures", "insight:divert", "insight.view_divert_report"),
    ("Subject access", "subject_access:list", "subject_access.answer_subjectrequest"),
    ("Alerts", "alerts:list", "alerts.review_alert"),
    ("Record", "audit:list", "audit.view_event"),
    ("Roles", "roles", "partners.view_roles"),
    ("Back office", "admin:index", "partners.open_backoffice"),
]
ROOM = 11  # entries, which are one row of the menu on an ordinary screen
RARER = {"cover:list", "offenders:emergencies", "offenders:pairs", "insight:programme", "insight:divert", "audit:list",
         "roles", "referrals:resolutions", "retention:list"}  # fmt: skip


def navigation_of(user):
    """The menu of this user, and what waits behind its last entry where not all of it has room: [(label, url)] each."""
    may = [(label, name) for label, name, permission in NAVIGATION if user.has_perm(permission)]
    rarer = RARER if len(may) > ROOM else set()
    menu = [("Home", "/"), *((label, reverse(name)) for label, name in may if name not in rarer)]
    behind = [(label, reverse(name)) for label, name in may if name in rarer]
    return [*menu, ("More", reverse("more"))] if behind else menu, behind


def frame(request):
    """`frame` for base.html: navigation, the hat worn, whether there is a search box, what is open in an emergency."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated):
        return {"frame": {}, "providers": Provider.objects.on().select_related("agency")}
    here = request.path
    menu, behind = navigation_of(user)
    current = max((url for _, url in [*menu, *behind] if url != "/" and here.startswith(url)), key=len, default=here)
    current = reverse("more") if current in dict(map(reversed, behind)) else current
    navigation = [(label, url, url == current) for label, url in menu]
    return {
        "frame": {
            "navigation": navigation,
            "hat": f"{user}, {user.membership}" if user.membership else str(user),
            "several_hats": len(user.live_memberships) > 1,
            "may_search": user.has_perm("offenders.view_offender"),
            "minutes": int(idle_limit(user).total_seconds() // 60),
            "left": time_left(request),
            "emergencies": EmergencyAccess.objects.live().of(user).with_names().order_by("closes_at", "pk"),
        }
    }
