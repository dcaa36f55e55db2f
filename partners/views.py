"""Signing in and out, choosing the hat, and the table of roles."""

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required, permission_required
from django.contrib.auth.models import Group
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .audit.models import Event
from .forms import HatForm, SignInForm
from .models import User
from .roles import ROLES, Category

SIGN_IN = Event.Kind.SIGN_IN


def _acting(user, request, hat=None):
    return user.act_as(hat, request_id=request.id, ip_address=request.META.get("REMOTE_ADDR") or None)


class SignIn(auth.LoginView):
    """The one door. Each try is recorded, never what was typed: people type passwords into the wrong box."""

    template_name = "sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        response = super().form_valid(form)
        user = form.get_user()
        hats = user.live_memberships
        user = _acting(user, self.request, hats[0] if len(hats) == 1 else None)
        Event.objects.record(SIGN_IN, "sign_in", by=user, live_memberships=len(hats))
        return response

    def form_invalid(self, form):
        if form.non_field_errors():
            known = User.objects.filter(email=form.cleaned_data.get("username", "").strip().lower()).first()
            user = _acting(known, self.request) if known else None
            detail = {} if known else {"ip_address": self.request.META.get("REMOTE_ADDR", "")}
            Event.objects.record(SIGN_IN, "sign_in_failed", by=user, **detail)
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class SignOut(auth.LogoutView):
    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            Event.objects.record(SIGN_IN, "sign_out", by=request.user)
        return super().post(request, *args, **kwargs)


def _next(request):
    """Where to go after choosing: an address of ours, or home."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    secure = request.is_secure()
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=secure) else "/"


def _hats(request, form, status=200):
    return render(request, "partners/hats.html", {"form": form, "next": _next(request)}, status=status)


@never_cache
def hats(request):
    """The hats one may wear today, and a sentence when there is none."""
    worn = request.user.membership
    return _hats(request, HatForm(user=request.user, initial={"membership": str(worn.pk) if worn else None}))


@require_POST
def wear_hat(request):
    """Act in this role from now on, until signing out."""
    form = HatForm(request.POST, user=request.user)
    if not form.is_valid():
        return _hats(request, form, status=422)
    request.session["membership"] = str(form.hat.pk)
    user = _acting(request.user, request, form.hat)
    Event.objects.record(SIGN_IN, "wear_hat", by=user, subject=form.hat)
    return redirect(_next(request))


@permission_required("partners.view_roles", raise_exception=True)
def roles(request):
    """The table of roles as it holds: what each group may do is read from the database, as each check reads it."""
    held = {}
    for group in Group.objects.prefetch_related("permissions__content_type"):
        names = held.setdefault(group.name, {})
        for permission in group.permissions.all():
            model = permission.content_type.model_class()
            names.setdefault(model._meta.verbose_name_plural.capitalize(), []).append(permission.name)
    table = [
        {
            "name": name,
            "role": role,
            "categories": [
                (category.label, category in role.with_consent)
                for category in Category
                if category in role.categories | role.with_consent
            ],
            "permissions": sorted(held.get(name, {}).items()),
        }
        for name, role in ROLES.items()
    ]
    Event.objects.record(Event.Kind.CONSULTATION, "roles.view", by=request.user)
    return render(request, "partners/roles.html", {"table": table})
