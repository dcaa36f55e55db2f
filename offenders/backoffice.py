"""The back office of records whose status moves by steps: nothing is edited, a button takes each step."""

from django.urls import path, reverse

from partners.backoffice import RecordedAdmin

from .steps import take_step


class StepAdmin(RecordedAdmin):
    """The admin of a Stepped model: read only, with a button for each step that may be taken now.

    `step_forms` are those of its pages: {verb: form}.
    """

    read_only = True
    change_form_template = "admin/stepped.html"
    step_forms = {}

    def get_readonly_fields(self, request, obj=None):
        return [self.model.STATE, *self.readonly_fields]

    def _address(self, name, pk):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[pk])

    def get_urls(self):
        page = self.admin_site.admin_view(self.step_view)
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        steps = [
            path(f"<uuid:pk>/steps/{verb}/", page, {"verb": verb}, name=f"{prefix}_{verb}")
            for verb, step in self.model.STEPS.items()
            if step.by_hand
        ]
        return [*steps, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        steps = obj.steps_for(request.user) if obj else {}
        context["steps"] = [(step.label, self._address(verb, obj.pk)) for verb, step in steps.items()]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def step_view(self, request, pk, verb):
        """The step's own page, in the back office's clothes; it comes back to the record's page here."""
        return take_step(
            request, pk, verb, model=self.model, step_forms=self.step_forms, template="admin/step.html",
            back=self._address("change", pk), opts=self.opts, title=self.model.STEPS[verb].label,
            **self.admin_site.each_context(request),
        )  # fmt: skip
