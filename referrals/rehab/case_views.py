"""The client page and its tabs."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from offenders import panels
from offenders.amend import attach
from offenders.documents.panels import documents
from offenders.models import NEWEST_FIRST, Involvement, Note
from offenders.steps import steps_of
from partners.audit.models import Event
from partners.frame.pages import RecordPage
from partners.frame.paging import keyset_page
from partners.frame.templatetags.frame import tag_class
from partners.models import Agency
from referrals.deadline_views import of_referral
from referrals.models import Task

from .journey import journey
from .models import Absence, Assessment, Case, FollowUp, Placement, Plan, Preparation, Review, gaps
from .plan.views import parts
from .review.views import last_review
from .savings import BASES, figures_used, savings_for
from .templatetags.cases import due, phase_colour
from .workflow import Phase


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
        ("Documents", "case_documents"),
        ("Sharing", "case_sharing"),
    ]
    tab = "case"

    def scope(self):
        user = self.request.user
        return Case.objects.visible_to(user).with_names().with_last_contact(by=user).with_plan()

    @property
    def template_name(self):
        return f"rehab/case/{self.tab}.html"

    def get_context_data(self, **kwargs):
        case, user = self.object, self.request.user
        self.stays = list(Placement.objects.visible_to(user).filter(case=case).with_names())
        follow_ups = FollowUp.objects.visible_to(user).filter(case=case).with_leave(user).with_attempts(by=user)
        self.follow_ups = list(follow_ups.select_related("agency", "by"))
        self.preparations = list(Preparation.objects.visible_to(user).filter(case=case).with_names())
        self.steps = case.steps_for(user)
        self.tasks = list(Task.objects.visible_to(user).about(case.pk).open().with_names())
        self.checklist = [task for task in self.tasks if task.kind == Task.Kind.CHECKLIST]
        self.stay = next((s for s in self.stays if s.status in ("requested", "offered", "booked", "arrived")), None)
        theirs = [tab for tab in self.tabs if tab[1] != "case_documents" or user.has_perm("documents.view_document")]
        tabs = [(label, reverse(f"rehab:{name}", args=[case.pk]), name == self.tab) for label, name in theirs]
        return super().get_context_data(
            tabs=tabs,
            phases=journey(case, self.stays, self.follow_ups, self.preparations),
            identity=self.identity(),
            why=panels.why(user, case.offender),
            is_open=case.phase != Phase.CLOSED,
            empty_parts=len(gaps(case)) if case.lacks_plan else 0,
            plan_url=reverse("rehab:case_throughcare", args=[case.pk]),
            **kwargs,
        )

    def identity(self):
        """For frame/identity_bar.html: who they are, and how the case stands."""
        case = self.object
        who = panels.identity(self.request.user, case.offender)
        colour = phase_colour(case.phase)
        tags = [(case.get_phase_display(), tag_class(colour)), *who["tags"]]
        if self.checklist:
            tags.append((f"Left rehab early: {len(self.checklist)} to do", tag_class("red")))
        if case.risk == Case.Risk.HIGH:
            tags.append(("High risk", tag_class("red")))
        facts = [*who["facts"], f"Facilitator {case.facilitator}"]
        if case.next_action_due and case.phase != Phase.CLOSED:
            words = f"Next action {due(case.next_action_due)}"
            if case.next_action_due < timezone.localdate():
                tags.append((words, tag_class("red")))
            else:
                facts.append(words)
        return who | {"tags": tags, "facts": facts, "steps": self.main_steps()}

    def main_steps(self):
        """The likeliest two or three, for the identity bar; the overview has them all."""
        case, user = self.object, self.request.user
        urls = []
        if user.has_perm("offenders.add_note"):
            urls.append(("Add a contact or note", f"{reverse('rehab:case_timeline', args=[case.pk])}#composer"))
        if case.phase == Phase.ASSESSING and case.assessments.finished().exists() and "bring_in" in self.steps:
            urls.append((self.steps["bring_in"].label, reverse("rehab:case_bring_in", args=[case.pk])))
        elif case.phase == Phase.ASSESSING and user.has_perm("rehab.assess_case"):
            urls.append(("Assess the person", reverse("rehab:assess", args=[case.pk])))
        elif case.phase in (Phase.PREPARING, Phase.DETOX) and not self.stay and self.request_url:
            urls.append(("Request a place", self.request_url))
        for verb in ("plan", "reopen"):
            if verb in self.steps:
                urls.append((self.steps[verb].label, reverse(f"rehab:case_{verb}", args=[case.pk])))
        return urls

    @property
    def request_url(self):
        """Where to ask for a place in rehab; nothing where that is not the user's to do."""
        case, user = self.object, self.request.user
        may = user.has_perm("rehab.request_placement") and case.phase != Phase.CLOSED
        may = may and Case.objects.held_by(user).filter(pk=case.pk).exists()
        return reverse("rehab:placement_request", args=[case.pk]) if may else ""

    def assessments(self):
        """The case's finished assessments that the user may read, and the agencies that hold others."""
        rows = Assessment.objects.filter(case=self.object).finished()
        seen = list(
            rows.visible_to(self.request.user)
            .with_spend()
            .select_related("case", "by", "agency")
            .prefetch_related("substances")
        )
        hidden = rows.exclude(pk__in=[row.pk for row in seen])
        return attach(seen, self.request.user), list(Agency.objects.filter(pk__in=hidden.values("agency")))


class Overview(ClientPage):
    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        case = self.object
        attach([case], self.request.user)
        seen, hidden = self.assessments()
        if seen:
            Event.objects.shown("assessment.view", seen[:1], by=self.request.user, subject=seen[0])
        late = [f for f in self.follow_ups if not f.done_on and f.due_on and f.due_on <= timezone.localdate()]
        return context | {
            "steps": [(s.label, reverse(f"rehab:case_{verb}", args=[case.pk])) for verb, s in self.steps.items()],
            "assessment": next((one for one in seen if one.asks_substances), seen[0] if seen else None),
            "hidden": hidden,
            "stay": self.stay,
            "deadlines": of_referral(self.request.user, case.referral),
            "checklist": self.checklist,
            "tasks": [task for task in self.tasks if task not in self.checklist],
            "add_task_url": self.add_task_url(),
            "review": last_review(self.request.user, case),
            "review_url": self.review_url(),
            "away": Absence.objects.visible_to(self.request.user).away().filter(placement=self.stay).first(),
            "follow_ups_late": late,
            "follow_ups_done": [f for f in self.follow_ups if f.done_on],
            "follow_up_next": next((f for f in self.follow_ups if not f.done_on and f not in late), None),
            "allocations": case.allocations.select_related("facilitator"),
            "savings": self.savings(),
            "involvements": Involvement.objects.live().filter(matter=case.pk).select_related("agency", "unit"),
        }

    def review_url(self):
        """Where a supervisor reviews it; nothing where that is not the user's to do."""
        case = self.object
        may = case.phase != Phase.CLOSED and Review.may_begin(self.request.user, case)
        return reverse("admin:rehab_case_review", args=[case.pk]) if may else ""

    def add_task_url(self):
        """Where to give someone a task; nothing where that is not the user's to do."""
        case, user = self.object, self.request.user
        return reverse("tasks:add", args=[case.pk]) if Task.may_add(user, case.offender, case.pk) else ""

    def savings(self):
        """What the whole days in rehab saved, three ways; nothing where any of it is not the user's to know.

        It is of the person: of their other cases' stays and pounds a day too.
        """
        user, offender = self.request.user, self.object.offender
        of_person = [
            Assessment.objects.finished().filter(case__offender=offender),
            Placement.objects.filter(offender=offender),
        ]
        hidden = any(rows.exclude(pk__in=rows.visible_to(user).values("pk")).exists() for rows in of_person)
        arrivals = [stay.arrived_on for stay in self.stays if stay.arrived_on]
        if hidden or not arrivals:
            return None
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        found, figures = savings_for(self.object.offender, yesterday), figures_used(min(arrivals), yesterday)
        return {
            "days": found.days,
            "missing_days": found.missing_days,
            "rows": [
                (name.capitalize(), getattr(found, name), getattr(found, f"{name}_goods"), basis)
                for name, basis in BASES.items()
            ],
            "figures": figures,
        }


class Timeline(ClientPage):
    """What happened, with the composer, as on the person's own page."""

    tab = "case_timeline"

    def get_context_data(self, **kwargs):
        request = self.request
        panel = panels.timeline(request.user, self.object.offender, request.GET, request=request)
        return super().get_context_data(**panel, **kwargs)


class Assessments(ClientPage):
    tab = "case_assessment"

    def get_context_data(self, **kwargs):
        seen, hidden = self.assessments()
        Event.objects.shown("assessment.list", seen, by=self.request.user, subject=self.object)
        of_case = Assessment.objects.filter(case=self.object)
        begun = of_case.unfinished().visible_to(self.request.user).select_related("case", "by", "agency").first()
        return super().get_context_data(
            assessments=seen,
            hidden=hidden,
            missing=[part.label for part in of_case.missing()] if of_case.finished().exists() else [],
            begun=begun,
            may_assess=self.request.user.has_perm("rehab.assess_case"),
            **kwargs,
        )


class Stays(ClientPage):
    tab = "case_rehab"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {
            "stays": self.stays,
            "days": sum(stay.days() for stay in self.stays),
            "request_url": self.request_url,
            "arrange_url": self.arrange_url,
            "preparations": self.prepared(),
        }

    @property
    def arrange_url(self):
        case = self.object
        may = case.phase not in (Phase.CLOSED, Phase.IN_REHAB) and self.request.user.has_perm(
            "rehab.arrange_preparation"
        )
        return reverse("rehab:preparation_arrange", args=[case.pk]) if may else ""

    def prepared(self):
        """Each course and detox with `links`: the steps that are the user's to take now."""
        Event.objects.shown("preparation.list", self.preparations, by=self.request.user, subject=self.object)
        for row in self.preparations:
            row.links = steps_of(row, self.request.user, "rehab:preparation_")
        return attach(self.preparations, self.request.user)


class Throughcare(ClientPage):
    tab = "case_throughcare"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        case, user = self.object, self.request.user
        plan, rows = parts(user, case)
        steps = plan.steps_for(user) if plan else {}
        return context | {
            "follow_ups": self.follow_ups,
            "may_record": user.has_perm("rehab.record_followup"),
            "plan": plan,
            "parts": rows,
            "plan_steps": [(s.label, reverse(f"rehab:plan_{verb}", args=[plan.pk])) for verb, s in steps.items()],
            "may_begin": not plan and case.phase != Phase.CLOSED and Plan.may_begin(user, case),
            "may_print": plan and Plan.may_begin(user, case),
        }


class Notes(ClientPage):
    """What people wrote, in full, the latest first."""

    tab = "case_notes"

    def get_context_data(self, **kwargs):
        notes = Note.objects.visible_to(self.request.user).filter(offender=self.object.offender_id)
        page = keyset_page(notes.with_names(), NEWEST_FIRST, self.request.GET)
        Event.objects.shown("note.list", page.rows, by=self.request.user, subject=self.object)
        may_add = self.request.user.has_perm("offenders.add_note")
        return super().get_context_data(page=page, may_add=may_add, **kwargs)


class Documents(ClientPage):
    """Letters and documents about the person; one that is added here belongs to the case."""

    tab = "case_documents"

    def get_context_data(self, **kwargs):
        case, request = self.object, self.request
        panel = documents(request.user, case.offender, request.GET, matter=case.pk)
        return super().get_context_data(**panel, **kwargs)


class Sharing(ClientPage):
    """Why the user sees the person, who else does, and who has looked, as on the person's own page."""

    tab = "case_sharing"

    def get_context_data(self, **kwargs):
        panel = panels.sharing(self.request.user, self.object.offender, self.request.GET)
        return super().get_context_data(**panel, **kwargs)
