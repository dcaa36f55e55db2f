"""The plan on paper for the person: what is planned for them, by whom and when, in words they know.

It is laid out as their account is (offenders/account.py). What it says and what it leaves out is decision 20.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.generic import View

from offenders.account import Account, Row, Section, as_pdf
from offenders.models import Entry
from partners.audit.models import Event
from partners.frame.templatetags.frame import date_or
from partners.models import Agency
from referrals.rehab.models import Plan
from referrals.workflow import Todo

from .views import parts, plans
from .workflow import Domain

PRINTED = "The throughcare plan was printed for the person"
HEADINGS = {
    Domain.HOUSING: "Where you live",
    Domain.TREATMENT: "Staying well: treatment and prescriptions",
    Domain.RECOVERY: "People and groups who help you stay well",
    Domain.HEALTH: "Your health",
    Domain.BENEFITS: "Money and papers",
    Domain.FAMILY: "Family and friends",
    Domain.WORK: "Work and learning",
    Domain.PROBATION: "Appointments you must keep",
    Domain.SAFETY: "Staying safe",
}
WAYS = [
    "You can ask your worker about anything on it. You can ask to change it.",
    "If you slip, it is not the end. Tell someone on this paper. The plan starts again from there.",
]


def tell(plan, *, by):
    """The plan for the person, as far as `by` may read it and it is safe on paper; recorded as shown.

    Raises PermissionDenied for who does not hold the case: it is the facilitator's to go through with them.
    """
    if not (by.has_perm("rehab.begin_plan") and Plan.objects.visible_to(by).held_by(by).filter(pk=plan.pk).exists()):
        raise PermissionDenied("The person's facilitator makes this for them.")
    plan, rows = parts(by, plan.case)
    Event.objects.shown("plan.paper", [plan.case], by=by, subject=plan)
    sections = [
        Section(HEADINGS[row.domain], [_aim(row)] if _aim(row) else [], list(_lines(row)))
        for row in rows
        if row.status != "not_needed" and list(_lines(row))
    ]
    if not sections:
        sections = [Section("What happens next", ["Nothing is written down yet. Ask your worker what comes first."])]
    opening = ["This paper is yours. It says what is planned for you, who does it, and by when."]
    if plan.goal and plan.may_read:
        opening.append(f"What you want: {plan.goal}")
    opening.append(f"It was made on {date_or(timezone.localdate())}.")
    return Account(
        title="My plan", name=str(plan.offender), reference=plan.offender.reference, made_on=timezone.localdate(),
        opening=opening, sections=[*sections, Section("If you want to change something", WAYS)],
    )  # fmt: skip


def _aim(row):
    return row.words if row.may_read and row.status == "planned" else ""


def _lines(row):
    for action in row.told:
        if not action.is_printed or action.status == Todo.NOT_DONE:
            continue
        if action.status == Todo.DONE:
            when = f"Done on {date_or(action.answered_on)}."
        else:
            when = f"By {date_or(action.due_on)}."
        what = action.text if action.may_read else "They can tell you about it. Ask them."
        yield Row(_who(action), [what, when])


def _who(action):
    """The police are named nowhere on it: whoever finds it need not know."""
    if action.partner:
        return action.partner
    return "Your worker" if action.agency.kind == Agency.Kind.POLICE else action.agency.name


def print_for(plan, *, by):
    """The plan as a PDF to hand over: each a disclosure to the person, with a line a day on their timeline."""
    pdf = as_pdf(tell(plan, by=by))
    Event.objects.record(
        Event.Kind.DISCLOSURE, "plan.paper", by=by, subject=plan, offenders=[plan.offender_id], to="the person"
    )
    lines = Entry.objects.filter(offender=plan.offender_id, sentence=PRINTED, by=by)
    if not lines.filter(happened_at__date=timezone.localdate()).exists():  # it may be printed again, or pressed twice
        Entry.write(plan.offender_id, PRINTED, by=by, matters=plan.matters, url=plan.get_absolute_url())
    return pdf


class Show(View):
    """The plan on a page, to go through with the person."""

    def get(self, request, pk):
        plan = get_object_or_404(plans(request.user), pk=pk)
        context = {"plan": plan, "account": tell(plan, by=request.user)}
        return TemplateResponse(request, "rehab/plan/paper.html", context)


class Print(View):
    """The PDF. Made by POST: it leaves a line on the timeline."""

    def post(self, request, pk):
        plan = get_object_or_404(plans(request.user), pk=pk)
        pdf = print_for(plan, by=request.user)
        name = f'attachment; filename="plan-{plan.offender.reference}.pdf"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return HttpResponse(pdf, content_type="application/pdf", headers=headers)
