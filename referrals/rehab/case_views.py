"""The caseload, the referrals that wait to join it, and the client page with its tabs."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from offenders.models import Entry, Involvement
from offenders.steps import LOST_RACE
from offenders.workflow import IllegalStep
from partners.audit.models import Event
from partners.frame.pages import ListPage, RecordPage
from referrals.models import Referral
from referrals.pathways import Pathway
from referrals.workflow import STEPS as REFERRAL_STEPS
from referrals.workflow import Status

from .assessment_forms import AssessmentForm
from .case_export import LARGEST, csv_of_cases
from .case_filters import CaseFilterSet
from .case_forms import BeginForm, referrals_to_assess
from .journey import journey
from .models import Assessment, Case, FollowUp, Placement
from .templatetags.cases import due
from .workflow import Phase

NEVER = Value(dt.datetime(1900, 1, 1, tzinfo=dt.UTC))
NO_DAY = Value(dt.date(9999, 12, 31))


def carries(user):
    """Whether they hold cases themselves, rather than look after those who do."""
    return user.has_perm("rehab.begin_case") and not user.has_perm("rehab.allocate_case")


class TeamCaseload(ListPage):
    """The open cases that the user sees; closed ones when the filter asks for them."""

    permission_required = "rehab.view_case"
    template_name = "rehab/caseload/list.html"
    filterset_class = CaseFilterSet
    verb = "case"
    orders = {
        "due": ("due_key", "pk"),
        "-due": ("-due_key", "-pk"),
        "contact": ("contact_key", "pk"),
        "-contact": ("-contact_key", "-pk"),
        "-opened": ("-opened_on", "-pk"),
        "opened": ("opened_on", "pk"),
    }
    saved = [
        ("All open", ""),
        ("Overdue", "due=overdue"),
        ("In rehab", "phase=in_rehab"),
        ("No contact in 14 days", "no_contact=14"),
        ("Closed", "phase=closed"),
    ]
    is_mine = False

    def scope(self):
        rows = Case.objects.visible_to(self.request.user).with_names().with_stay()
        rows = rows.with_last_contact(by=self.request.user).annotate(
            due_key=Coalesce("next_action_due", NO_DAY), contact_key=Coalesce("last_contact_at", NEVER)
        )
        return rows if self.request.GET.getlist("phase") else rows.open()

    def get_context_data(self, **kwargs):
        here = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            here.pop(name, None)
        lists = [(label, f"?{query}", query == here.urlencode()) for label, query in self.saved]
        name = "caseload_csv" if self.is_mine else "team_caseload_csv"
        return super().get_context_data(
            is_mine=self.is_mine,
            may_switch=carries(self.request.user),
            lists=lists,
            export_url=f"{reverse(f'rehab:{name}')}?{self.request.GET.urlencode()}",
            **kwargs,
        )


class Caseload(TeamCaseload):
    """The user's own cases, if they hold any; the team's otherwise."""

    @property
    def is_mine(self):
        return carries(self.request.user)

    def scope(self):
        rows = super().scope()
        return rows.of(self.request.user) if self.is_mine else rows


def export(request, caseload):
    """The list as it is filtered, as a file."""
    page = caseload()
    page.setup(request)
    if not page.has_permission():
        raise PermissionDenied("The caseload is not yours to see.")
    rows, _ = page.filtered()
    order = page.orders.get(request.GET.get("sort"), page.orders["due"])
    rows = list(rows.order_by(*order)[: LARGEST + 1])
    if len(rows) > LARGEST:
        raise BadRequest(f"That is more than {LARGEST:,} cases. Choose fewer with the filters, then download again.")
    Event.objects.shown("case.export", rows, by=request.user, filters=sorted(request.GET))
    return csv_of_cases(rows)


class ToAssess(ListPage):
    """O2R referrals on which no case has been opened, oldest first."""

    permission_required = "rehab.begin_case"
    template_name = "rehab/caseload/to_assess.html"
    verb = "case.to_assess"
    orders = {"oldest": ("referred_on", "pk")}

    def scope(self):
        others = Case.objects.open().filter(offender=OuterRef("offender"))
        return referrals_to_assess(self.request.user).with_names().annotate(has_open_case=Exists(others))

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_accept=self.request.user.has_perm("referrals.accept_referral"), **kwargs)


def begin(request, pk):
    """Open a case on an accepted referral."""
    rows = Referral.objects.visible_to(request.user).on_pathway(Pathway.O2R)
    referral = get_object_or_404(rows.with_names(), pk=pk)
    theirs = Referral.objects.received_by(request.user).filter(pk=pk).exists()
    if not (theirs and request.user.has_perm("rehab.begin_case")):
        raise PermissionDenied("You may not begin a case on this referral.")
    if referral.status != Status.ACCEPTED:
        messages.error(request, str(IllegalStep(referral, REFERRAL_STEPS["engage"])))
        return redirect(referral)
    data = request.POST if request.method == "POST" else None
    form = BeginForm(data, user=request.user, initial={"facilitator": referral.worker_id})
    if form.is_valid():
        try:
            with transaction.atomic():
                case = form.begin(referral)
        except IllegalStep as error:
            messages.error(request, str(error))
            return redirect(referral)
        except ValidationError as error:
            form.add_error(None, error.messages)
        except IntegrityError:
            form.add_error(None, LOST_RACE)
        else:
            messages.success(request, "Case opened.")
            return redirect(case)
    Event.objects.shown("case.begin_form", [referral], by=request.user, subject=referral)
    context = {
        "heading": "Begin the case",
        "caption": f"{referral.offender}, {referral}",
        "button": "Begin the case",
        "form": form,
        "cancel_url": reverse("rehab:to_assess"),
        "consequence": "The referral will be recorded as engaged: the person came.",
    }
    return TemplateResponse(request, "frame/step.html", context, status=422 if form.errors else 200)


class ClientPage(RecordPage):
    """What every tab of the client page shows around its own content."""

    verb = "case"
    tabs = [
        ("Overview", "case"),
        ("Timeline", "case_timeline"),
        ("Assessment", "case_assessment"),
        ("Rehab", "case_rehab"),
        ("Throughcare", "case_throughcare"),
        ("Notes", "case_notes"),
        ("Sharing", "case_sharing"),
    ]
    tab = "case"

    def scope(self):
        user = self.request.user
        return Case.objects.visible_to(user).with_names().with_last_contact(by=user)

    @property
    def template_name(self):
        return f"rehab/case/{self.tab}.html"

    def get_context_data(self, **kwargs):
        case, user = self.object, self.request.user
        self.stays = list(Placement.objects.visible_to(user).filter(case=case).with_names())
        self.follow_ups = list(FollowUp.objects.visible_to(user).filter(case=case).select_related("agency"))
        self.steps = case.steps_for(user)
        may_view = {"case_sharing": user.has_perm("offenders.view_sharing")}
        tabs = [
            (label, reverse(f"rehab:{name}", args=[case.pk]), name == self.tab)
            for label, name in self.tabs
            if may_view.get(name, True)
        ]
        return super().get_context_data(
            tabs=tabs,
            phases=journey(case, self.stays, self.follow_ups),
            facts=self.facts(),
            tags=self.tags(),
            markers=[str(marker) for marker in case.offender.markers.on()],
            main_steps=self.main_steps(),
            is_open=case.phase != Phase.CLOSED,
            **kwargs,
        )

    def facts(self):
        case, offender = self.object, self.object.offender
        age = offender.age()
        return [
            f"{'Died aged' if offender.deceased_on else 'Age'} {age}" if age is not None else "Age not known",
            offender.reference,
            f"Facilitator {case.facilitator}",
            *([f"Next action {due(case.next_action_due)}"] if case.next_action_due else []),
        ]

    def tags(self):
        case = self.object
        tags = [(case.get_phase_display(), "govuk-tag--blue" if case.phase != Phase.CLOSED else "govuk-tag--grey")]
        if case.risk == Case.Risk.HIGH:
            tags.append(("High risk", "govuk-tag--red"))
        return tags

    def main_steps(self):
        """The likeliest two or three, for the identity bar; the overview has them all."""
        case, user = self.object, self.request.user
        urls = []
        if case.phase == Phase.ASSESSING and case.assessments.exists() and "bring_in" in self.steps:
            urls.append((self.steps["bring_in"].label, reverse("rehab:case_bring_in", args=[case.pk])))
        elif case.phase == Phase.ASSESSING and user.has_perm("rehab.assess_case"):
            urls.append(("Record an assessment", reverse("rehab:assess", args=[case.pk])))
        for verb in ("plan", "reopen"):
            if verb in self.steps:
                urls.append((self.steps[verb].label, reverse(f"rehab:case_{verb}", args=[case.pk])))
        return urls

    def assessments(self):
        """The case's assessments that the user may read, and the agencies that hold others."""
        rows = Assessment.objects.filter(case=self.object)
        seen = list(
            rows.visible_to(self.request.user)
            .with_spend()
            .select_related("by", "agency")
            .prefetch_related("substances")
        )
        hidden = rows.exclude(pk__in=[row.pk for row in seen]).order_by()
        return seen, sorted(set(hidden.values_list("agency__name", flat=True)))


class Overview(ClientPage):
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        case = self.object
        seen, hidden = self.assessments()
        if seen:
            Event.objects.shown("assessment.view", seen[:1], by=self.request.user, subject=seen[0])
        late = [f for f in self.follow_ups if not f.done_on and f.due_on and f.due_on <= timezone.localdate()]
        return context | {
            "steps": [(s.label, reverse(f"rehab:case_{verb}", args=[case.pk])) for verb, s in self.steps.items()],
            "assessment": seen[0] if seen else None,
            "hidden": hidden,
            "stay": next((s for s in self.stays if s.status in ("requested", "offered", "booked", "arrived")), None),
            "follow_ups_late": late,
            "follow_ups_done": [f for f in self.follow_ups if f.done_on],
            "follow_up_next": next((f for f in self.follow_ups if not f.done_on and f not in late), None),
            "allocations": case.allocations.select_related("facilitator"),
            "involvements": Involvement.objects.live().filter(matter=case.pk).select_related("agency", "unit"),
        }


class Timeline(ClientPage):
    tab = "case_timeline"

    def get_context_data(self, **kwargs):
        entries = Entry.objects.visible_to(self.request.user).filter(offender=self.object.offender_id)
        return super().get_context_data(entries=entries.with_names().newest_first()[:50], **kwargs)


class Assessments(ClientPage):
    tab = "case_assessment"

    def get_context_data(self, **kwargs):
        seen, hidden = self.assessments()
        Event.objects.shown("assessment.list", seen, by=self.request.user, subject=self.object)
        may_assess = self.request.user.has_perm("rehab.assess_case")
        return super().get_context_data(assessments=seen, hidden=hidden, may_assess=may_assess, **kwargs)


class Stays(ClientPage):
    tab = "case_rehab"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"stays": self.stays, "days": sum(stay.days() for stay in self.stays)}


class Throughcare(ClientPage):
    tab = "case_throughcare"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"follow_ups": self.follow_ups}


class Notes(ClientPage):
    tab = "case_notes"


class Sharing(ClientPage):
    tab = "case_sharing"


def assess(request, pk):
    """Record an assessment, on one page."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not request.user.has_perm("rehab.assess_case"):
        raise PermissionDenied("You may not assess this person.")
    data = request.POST if request.method == "POST" else None
    form = AssessmentForm(data, case=case, user=request.user)
    if form.is_valid():
        try:
            with transaction.atomic():
                assessment = form.record()
        except ValidationError as error:
            form.add_error(None, error.messages)
        except IntegrityError:
            form.add_error(None, LOST_RACE)
        else:
            spend = Assessment.objects.with_spend().get(pk=assessment.pk).daily_spend
            total = "how much they spend is not known" if spend is None else f"£{spend:,.2f} a day in all"
            messages.success(request, f"Assessment recorded: {total}.")
            return redirect("rehab:case_assessment", pk=case.pk)
    Event.objects.shown("assessment.form", [case], by=request.user, subject=case)
    context = {"record": case, "form": form, "cancel_url": reverse("rehab:case_assessment", args=[case.pk])}
    return TemplateResponse(request, "rehab/case/assess.html", context, status=422 if form.errors else 200)
