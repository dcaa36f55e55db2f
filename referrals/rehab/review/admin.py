"""Reviews and dip samples in the back office, and where caseloads are looked into."""

import datetime as dt

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join

from offenders.backoffice import StepAdmin
from offenders.steps import say_why, written
from partners.admin import ColleagueFilter
from partners.audit.models import Event
from partners.backoffice import RecordedAdmin
from partners.frame.templatetags.frame import date_or
from referrals.rehab.models import Review, Sample

from . import pages
from .forms import STEP_FORMS, SampleForm


class WithDoors:
    """The list of a table with the ways to what is not a row of it: `doors(user)`, (label, address)."""

    change_list_template = "admin/rehab/change_list.html"

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "doors": self.doors(request.user)})

    def page(self, view):
        """This function of the request as a page of the back office."""

        def shown(request, **keys):
            return view(request, opts=self.opts, **self.admin_site.each_context(request), **keys)

        return self.admin_site.admin_view(shown)


def ways(user):
    """To whoever reviews: the team, and drawing a sample."""
    if not user.has_perm("rehab.begin_review"):
        return []
    return [("The team", reverse("admin:rehab_case_team")), ("Draw a dip sample", reverse("admin:rehab_sample_draw"))]


class CaseloadPages(WithDoors):
    """What the admin of cases has besides: the team, one worker's caseload, the review of a case."""

    def doors(self, user):
        return ways(user)

    def get_urls(self):
        return [
            path("team/", self.page(pages.team), name="rehab_case_team"),
            path("worker/<uuid:pk>/", self.page(pages.caseload), name="rehab_case_worker"),
            path("<uuid:pk>/review/", self.page(pages.review), name="rehab_case_review"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and not obj.closed_on and Review.may_begin(request.user, obj):
            context["doors"] = [("Review the case", self._address("review", obj.pk))]
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Review)
class ReviewAdmin(WithDoors, StepAdmin):
    step_forms = STEP_FORMS
    list_display = ["case", "person", "status", "facilitator", "by", "finished_on", "next_on"]
    list_filter = ["status", ("facilitator", ColleagueFilter), "finished_on"]
    list_select_related = ["case__referral", "case__offender", "facilitator", "by"]
    ordering = ["-begun_at", "-id"]
    fields = ["case", "facilitator", "by", "finished_on", "found", "answered", "good", "asked", "next_on", "status"]
    readonly_fields = ["facilitator", "by", "finished_on", "answered", "asked"]

    def doors(self, user):
        return ways(user)

    @admin.display(description="Person")
    def person(self, review):
        return review.offender

    @admin.display(description="Answers")
    def answered(self, review):
        return format_html_join("", "<p>{} {}</p>", [(asked, said or "Not answered") for asked, said in review.answers])

    @admin.display(description="What is to be done")
    def asked(self, review):
        rows = [(text, f", by {date_or(dt.date.fromisoformat(day))}" if day else "") for text, day in review.to_do]
        return format_html_join("", "<p>{}{}</p>", rows) or "Nothing"


@admin.register(Sample)
class SampleAdmin(WithDoors, RecordedAdmin):
    read_only = True
    list_display = ["drawn_on", "by", "size", "frame"]
    ordering = ["-drawn_on", "-id"]
    fields = ["drawn_on", "by", "how", "picked"]
    readonly_fields = fields

    def doors(self, user):
        return ways(user)

    def get_queryset(self, request):
        return super().get_queryset(request).with_cases(request.user)

    def get_urls(self):
        return [path("draw/", self.page(self.draw), name="rehab_sample_draw"), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            Event.objects.shown("case.list", obj.seen_cases, by=request.user, subject=obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="How they were picked")
    def how(self, sample):
        return sample.how

    @admin.display(description="Picked, as far as you see them")
    def picked(self, sample):
        rows = [
            (reverse("admin:rehab_case_review", args=[case.pk]), case.offender, case, case.facilitator, reviewed)
            for case in sample.seen_cases
            for reviewed in ["to be reviewed" if case.is_picked else "reviewed since"]
        ]
        return format_html_join("", '<p class="tc-review"><a href="{}">{}, {}</a>: {}, {}</p>', rows) or "None"

    def draw(self, request, **context):
        """Asks how many cases, and picks them."""
        if not Sample.may_draw(request.user):
            raise PermissionDenied("You may not draw a sample.")
        form = SampleForm(request.POST if request.method == "POST" else None, user=request.user)
        if form.is_valid():
            try:
                sample = written(form.draw)
            except ValidationError as error:
                say_why(form, error)
            else:
                messages.success(request, "Drawn. These cases are to be reviewed now.")
                return redirect("admin:rehab_sample_change", sample.pk)
        context |= {
            "form": form, "title": "Draw a dip sample", "heading": "Draw", "button": "Draw", "record": "New sample",
            "cancel_url": reverse("admin:rehab_sample_changelist"),
            "lead": "The machine picks open cases of the team, each as likely as the next. What it draws is kept, with "
            "how, so that anyone can draw the same again.",
        }  # fmt: skip
        return TemplateResponse(request, "admin/step.html", context, status=422 if form.errors else 200)
