"""What every page shows around its own content."""

from django.urls import reverse

from offenders.models import EmergencyAccess

# label, the name of the address, the permission that opens it
NAVIGATION = [
    ("Diary", "booking:diary", "booking.record_appointment"),
    ("Waiting", "booking:waiting", "booking.add_contactattempt"),
    ("Board", "booking:board", "booking.change_availability"),
    ("Tasks", "tasks:list", "referrals.view_task"),
    ("Caseload", "rehab:caseload", "rehab.view_case"),
    ("Rehab", "rehab:placements", "rehab.view_placement"),
    ("Follow-ups", "rehab:follow_ups", "rehab.view_followup"),
    ("Referrals", "referrals:list", "referrals.view_referral"),
    ("Resolutions", "referrals:resolutions", "referrals.oversee_resolution"),
    ("Emergency access", "offenders:emergencies", "offenders.review_emergency"),
    ("Duplicates", "offenders:pairs", "offenders.merge_offender"),
    ("Figures", "insight:programme", "insight.view_report"),
    ("Divert figures", "insight:divert", "insight.view_divert_report"),
    ("Record", "audit:list", "audit.view_event"),
    ("Roles", "roles", "partners.view_roles"),
    ("Back office", "admin:index", "partners.open_backoffice"),
]


def frame(request):
    """`frame` for base.html: navigation, the hat worn, whether there is a search box, what is open in an emergency."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated):
        return {"frame": {}}
    here = request.path
    items = [(label, reverse(name)) for label, name, permission in NAVIGATION if user.has_perm(permission)]
    current = max((url for _, url in items if here.startswith(url)), key=len, default="/" if here == "/" else "")
    navigation = [(label, url, url == current) for label, url in [("Home", "/"), *items]]
    return {
        "frame": {
            "navigation": navigation,
            "hat": f"{user}, {user.membership}" if user.membership else str(user),
            "several_hats": len(user.live_memberships) > 1,
            "may_search": user.has_perm("offenders.view_offender"),
            "emergencies": EmergencyAccess.objects.live().of(user).with_names().order_by("closes_at", "pk"),
        }
    }
