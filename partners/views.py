"""Signing in and out, choosing the hat, and the table of roles."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.views import LoginView
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required, permission_required
from django.contrib.auth.models import Group
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .audit.models import Event
from .forms import HatForm, SignInForm
from .middleware import acting, way_on
from .roles import ROLES, Category

SIGN_IN = Event.Kind.SIGN_IN


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class SignIn(LoginView):
    """The one door. What became of each try is recorded by the adapter (partners/signin/adapter.py).

    That someone tries is counted, for good, before what they gave is looked at: nothing that fails after undoes it.
    """

    template_name = "sign_in.html"

    def get_form_class(self):
        return SignInForm

    def form_valid(self, form):
        return perform_password_login(self.request, {}, Login(user=form.user, redirect_url=self.get_success_url()))

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


@method_decorator(login_not_required, name="dispatch")
class SignOut(auth.LogoutView):
    """Out of what one was signed in to, or half signed in to: between the password and the code."""

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            Event.objects.record(SIGN_IN, "sign_out", by=request.user)
        return super().post(request, *args, **kwargs)


def _hats(request, form, status=200):
    return render(request, "partners/hats.html", {"form": form, "next": way_on(request)}, status=status)


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
    user = acting(request.user, request, form.hat)
    Event.objects.record(SIGN_IN, "wear_hat", by=user, subject=form.hat)
    return redirect(way_on(request))


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
