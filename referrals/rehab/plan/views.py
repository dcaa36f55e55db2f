"""Pages of a throughcare plan and of what is to be done."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from offenders.steps import ask, steps_of
from partners.frame.pages import ListPage, RecordPage
from referrals.rehab.models import Action, ActionLink, Case, Plan, PlanDomain
from referrals.workflow import Todo

from .filters import ActionFilter
from .forms import AddForm, BeginForm, SendForm
from .workflow import Domain, PlanState


def plans(user):
    """What pages, API and back office start from."""
    return Plan.objects.visible_to(user).with_names().with_leave(user)


def domains(user):
    """The same of domains."""
    return PlanDomain.objects.visible_to(user).with_names().with_leave(user)


def actions(user):
    """The same of actions."""
    return Action.objects.visible_to(user).with_names().with_leave(user)


def links(user):
    """The same of links."""
    return ActionLink.objects.visible_to(user).with_names()


def parts(user, case):
    """The plan of a case as its tab shows it: the plan or None, and its domains in their order, each with what is to be
    done in it, whether it is empty, and what of it is the user's to change."""
    plan = plans(user).filter(case=case).first()
    if plan is None:
        return None, []
    rows = {row.domain: row for row in domains(user).filter(plan=plan)}
    empty = set(plan.domains.gaps().values_list("domain", flat=True))
    told = {}
    for action in actions(user).filter(domain__plan=plan):
        told.setdefault(action.domain_id, []).append(action)
    held = Plan.objects.held_by(user).filter(pk=plan.pk).exists()
    led = set(PlanDomain.objects.led_by(user).filter(plan=plan).values_list("pk", flat=True))
    may_add = Action.may_add(user, plan)
    for name in Domain:
        row = rows[name]
        row.told, row.is_empty = told.get(row.pk, []), name in empty
        row.steps = []
        if plan.status == PlanState.OPEN:
            if may_add and row.status != "not_needed":
                row.steps.append(("Add something to do", reverse("rehab:action_add", args=[row.pk])))
            if user.has_perm("rehab.lead_plandomain") and (held or row.pk in led):
                row.steps.append(("Say who leads it", reverse("rehab:domain_lead", args=[row.pk])))
            if user.has_perm("rehab.set_aside_plandomain") and held and row.status != "not_needed":
                row.steps.append(("Nothing is needed", reverse("rehab:domain_set_aside", args=[row.pk])))
    return plan, [rows[name] for name in Domain]


def begin(request, pk):
    """Begin the plan of a case."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not Plan.may_begin(request.user, case):
        raise PermissionDenied("You may not begin the throughcare plan of this person.")
    form = BeginForm(request.POST if request.method == "POST" else None, record=case, user=request.user)
    return ask(
        request, form, form.write, record=case, verb="begin_plan", heading="Begin the throughcare plan",
        button="Begin the plan", done="Throughcare plan begun.",
        back=reverse("rehab:case_throughcare", args=[case.pk]),
    )  # fmt: skip


class ActionList(ListPage):
    """What is still to do; what is answered, when asked for."""

    template_name = "rehab/plan/actions.html"
    permission_required = "rehab.view_action"
    verb = "action"
    filterset_class = ActionFilter
    orders = {"due": ("due_on", "id"), "-due": ("-due_on", "-id")}

    def scope(self):
        rows = actions(self.request.user)
        return rows if self.request.GET.getlist("status") else rows.open()


class ActionPage(RecordPage):
    template_name = "rehab/plan/action.html"
    verb = "action"

    def scope(self):
        return actions(self.request.user)

    def get_context_data(self, **kwargs):
        action, user = self.object, self.request.user
        attach([action], user)
        steps = steps_of(action, user, "rehab:action_")
        sent = list(links(user).filter(action=action))
        for link in sent:
            link.steps = steps_of(link, user, "rehab:link_")
        unasked = action.partner and action.status == Todo.OPEN and not any(link.is_live for link in sent)
        if unasked and ActionLink.may_send(user, action):
            steps.insert(0, ("Send a link to answer by", reverse("rehab:action_link", args=[action.pk])))
        return super().get_context_data(
            why=panels.why(user, action.offender),
            case=Case.objects.visible_to(user).filter(pk=action.case.pk).first(),
            steps=steps, links=sent, **kwargs,
        )  # fmt: skip


def add(request, pk):
    """Add something to do in a domain."""
    domain = get_object_or_404(domains(request.user), pk=pk)
    if not Action.may_add(request.user, domain.plan):
        raise PermissionDenied("You may not add actions to this plan.")
    if domain.plan.status != PlanState.OPEN:
        messages.error(request, "This plan is finished. Reopen it first.")
        return redirect(domain)
    form = AddForm(request.POST if request.method == "POST" else None, record=domain, user=request.user)
    return ask(
        request, form, form.write, record=domain, verb="add_action", heading=f"{domain}: something to do",
        button="Add it", done="Added.", back=domain.get_absolute_url(),
    )  # fmt: skip


def send(request, pk):
    """Send someone outside the link by which they answer an action."""
    action = get_object_or_404(actions(request.user), pk=pk)
    if not ActionLink.may_send(request.user, action):
        raise PermissionDenied("You may not send a link for this action.")
    if not action.partner or action.status != Todo.OPEN:
        messages.error(request, "A link is for what someone outside these agencies is still to do.")
        return redirect(action)
    form = SendForm(request.POST if request.method == "POST" else None, record=action, user=request.user)
    return ask(
        request, form, form.write, record=action, verb="link", heading="Send a link to answer by",
        button="Send the e-mail", done="The e-mail is on its way.", back=action.get_absolute_url(),
    )  # fmt: skip
