"""What nobody does with a browser that someone left open: it asks for the password again, after some minutes."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from partners.middleware import is_api

from .session_limits import sent

# what answers with a file to take away
FILES = [
    "audit:export", "admin:partners_accessreview_csv", "insight:export", "insight:divert_export",
    "insight:deadlines_export", "insight:divert_deadlines_export", "insight:savings_export", "rehab:caseload_csv",
    "rehab:team_caseload_csv", "rehab:plan_print", "offenders:print_account",
    "audit:question_csv", "subject_access:pdf", "subject_access:json", "api:subject-request-told",
]  # fmt: skip
# what asks on a page, and takes what was answered
PAGES = [
    "offenders:restrict", "offenders:unrestrict", "offenders:restriction_agree", "offenders:restriction_refuse",
    "admin:offenders_restriction_agree", "admin:offenders_restriction_refuse",
    "retention:dispose", "retention:decision_confirm", "admin:retention_decision_confirm",
    "admin:partners_user_add", "admin:partners_user_close", "admin:partners_user_sign_out",
    "admin:partners_membership_add", "admin:partners_user_second_step", "admin:signin_provider_add",
    "admin:partners_agreement_add", "admin:partners_agreement_renew",
    "admin:systems_system_add", "admin:systems_system_token", "admin:systems_hook_add", "admin:systems_hook_renew",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_remove_webauthn", "signin:codes",
    "calendar_make",
]  # fmt: skip
# what others read on the same page, or by the same address
CHANGES = [
    "admin:partners_user_change", "admin:partners_membership_change", "admin:partners_agreement_change",
    "admin:partners_accessreview_roles", "admin:signin_provider_change", "api:calendar-list",
    "api:restriction-list", "api:restriction-step", "api:schedule-act",
    "api:decision-step",
]  # fmt: skip
ASKED, CHANGED = frozenset({"GET", "HEAD", "POST"}), frozenset({"POST", "PUT", "PATCH", "DELETE"})
# The table of addresses, and of how they are asked, that need a recent sign-in.
RECENT = dict.fromkeys([*FILES, *PAGES], ASKED) | dict.fromkeys(CHANGES, CHANGED)

SIGN_IN_AGAIN = "Confirm that it is you, at {}, then send this again."


class RecentSignIn:
    """Asks whoever signed in too long ago to confirm that it is them, before the addresses in the table.

    What they sent stays in their browser meanwhile: the page that asks carries it. A partner's system, which has no
    session, is not asked.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        from .session_views import ask_to_confirm

        if request.method not in RECENT.get(request.resolver_match.view_name, ()):
            return None
        if not request.user.is_authenticated or SESSION_KEY not in request.session or request.session.is_recent:
            return None
        if is_api(request):
            there = settings.SITE_URL + reverse("signin:confirm")
            return JsonResponse({"code": "sign_in_again", "detail": SIGN_IN_AGAIN.format(there)}, status=403)
        if request.method == "POST":
            return ask_to_confirm(request, request.get_full_path(), carried=sent(request.POST), status=422)
        return redirect(reverse("signin:confirm", query={"next": request.get_full_path()}))
