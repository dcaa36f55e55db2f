"""Going through who may act for an agency, in the back office."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import localtime

from .backoffice import RecordedAdmin, ask, record
from .frame.download import csv_response
from .frame.forms import Form, Radios
from .models import AccessReview, ReviewedMembership

ON_A_PAGE = 50
Decision = ReviewedMembership.Decision


class DecisionForm(Form):
    """What becomes of one role; left empty while that is to be decided."""

    marks_optional = False
    decision = forms.ChoiceField(choices=Decision, widget=Radios, required=False)
    reason = forms.CharField(label="Why, if it ends", max_length=200, required=False)

    def __init__(self, data=None, *, line):
        initial = {"decision": line.decision, "reason": line.reason}
        super().__init__(data, prefix=str(line.pk), initial=initial)
        self.line = line
        self.fields["decision"].label = str(line)
        self.fields["reason"].widget.attrs["aria-label"] = f"Why, if the role of {line} ends"

    def clean(self):
        answers = super().clean()
        if answers.get("decision") == Decision.END and not answers.get("reason"):
            self.add_error("reason", f"Say why the role of {self.line.name} ends")
        return answers

    def decide(self, by):
        """Decide as it was answered, where that is anything new. What cannot be is said with the form."""
        if not self.has_changed() or not self.cleaned_data["decision"]:
            return False
        try:
            with transaction.atomic():
                self.line.decide(by=by, **self.cleaned_data)
        except ValidationError as error:
            self.add_error(None, error)
        return True


@admin.register(AccessReview)
class AccessReviewAdmin(RecordedAdmin):
    fields = ["agency"]
    list_display = ["__str__", "begun_by", "progress", "signed_off_at", "signed_off_by"]
    list_filter = [("signed_off_at", admin.EmptyFieldListFilter), "agency"]
    list_select_related = ["agency", "begun_by", "signed_off_by"]
    change_form_template = "admin/stepped.html"

    def get_queryset(self, request):
        return super().get_queryset(request).with_counts()

    @admin.display(description="Decided")
    def progress(self, review):
        return f"{review.decided} of {review.roles}"

    def get_readonly_fields(self, request, obj=None):
        return ["agency", "begun_at", "begun_by", "progress", "signed_off_at", "signed_off_by"] if obj else []

    def get_fields(self, request, obj=None):
        return self.get_readonly_fields(request, obj) or self.fields

    def save_model(self, request, obj, form, change):
        obj.begin(by=request.user)

    def save_related(self, request, form, formsets, change):
        """`begin` records what it does."""

    def response_add(self, request, obj, post_url_continue=None):
        return redirect("admin:partners_accessreview_roles", obj.pk)

    # its pages

    def get_urls(self):
        pages = {"roles": self.roles_view, "sign_off": self.sign_off_view, "csv": self.csv_view}
        return [
            path(f"<uuid:pk>/{name}/", self.admin_site.admin_view(page), name=f"partners_accessreview_{name}")
            for name, page in pages.items()
        ] + super().get_urls()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            steps = {"roles": "Go through the roles", "csv": "Take the list away as CSV"}
            if obj.decided == obj.roles and not obj.signed_off_at:
                steps["sign_off"] = "Sign off"
            context["steps"] = [(words, self._address(name, obj)) for name, words in steps.items()]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _address(self, name, review):
        return reverse(f"admin:partners_accessreview_{name}", args=[review.pk])

    def _review(self, request, pk, *, to_change=False):
        allowed = self.has_change_permission if to_change else self.has_view_permission
        if not allowed(request):
            raise PermissionDenied("Access reviews are for administrators.")
        return get_object_or_404(self.get_queryset(request).select_related("agency"), pk=pk)

    def roles_view(self, request, pk):
        """The roles of the list, a page at a time, to keep or to end."""
        review = self._review(request, pk, to_change=request.method == "POST")
        page = Paginator(review.lines.select_related("decided_by"), ON_A_PAGE).get_page(request.GET.get("page"))
        to_ask = [line for line in page if line.user_id != request.user.pk and line.decision != Decision.END]
        to_ask = [] if review.signed_off_at else to_ask
        asked = {
            line.pk: DecisionForm(request.POST if request.method == "POST" else None, line=line) for line in to_ask
        }
        if request.method == "POST" and all(form.is_valid() for form in asked.values()):
            with transaction.atomic():
                count = sum(form.decide(request.user) for form in asked.values())
                wrong = any(form.errors for form in asked.values())
                transaction.set_rollback(wrong)
            if not wrong:
                messages.success(request, f"Decided: {count}." if count else "Nothing was decided.")
                number = page.next_page_number() if page.has_next() else page.number
                return redirect(f"{self._address('roles', review)}?page={number}")
        record(request, ReviewedMembership, "list", list(page), subject=review)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "record": review, "title": "Who may act",
            "heading": "Go through the roles", "page": page, "lines": [(line, asked.get(line.pk)) for line in page],
            "cancel_url": self._address("change", review), "asks": asked,
            "forms": [form for form in asked.values() if form.errors],
        }  # fmt: skip
        status = 422 if context["forms"] else 200
        return TemplateResponse(request, "admin/access_review.html", context, status=status)

    def sign_off_view(self, request, pk):
        review = self._review(request, pk, to_change=True)
        ended = review.lines.filter(decision=Decision.END).count()
        return ask(
            request, Form(request.POST if request.method == "POST" else None),
            partial(review.sign_off, by=request.user), of=self, row=review, verb="sign_off", heading="Sign off",
            done="The access review is signed off.", back=self._address("change", review),
            answers=[("Roles", review.roles), ("Kept", review.decided - ended), ("Ended", ended),
                     ("To be decided", review.roles - review.decided)],
            consequence="You say that each of these roles was gone through. Nothing of it changes afterwards.",
        )  # fmt: skip

    def csv_view(self, request, pk):
        """The list as it stood, and what was decided, to take to whoever knows who works there."""
        review = self._review(request, pk)
        lines = list(review.lines.select_related("decided_by"))
        record(request, self.model, "export", lines, subject=review)
        columns = ["Name", "Role", "Unit", "Since", "Until", "Last signed in", "Decision", "Reason", "Decided by"]
        rows = (
            [line.name, line.get_role_display(), line.unit_name, line.valid_from, line.valid_to,
             line.last_signed_in_at and f"{localtime(line.last_signed_in_at):%Y-%m-%d}",
             line.get_decision_display(), line.reason, str(line.decided_by or "")]
            for line in lines
        )  # fmt: skip
        return csv_response("who-may-act", columns, rows)
