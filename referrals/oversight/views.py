"""Pages of what waits for a second person's word, and of what is missing or odd in a team's records."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.http import Http404
from django.views.generic import TemplateView

from partners.audit.models import Event
from partners.frame.filters import tags_of
from partners.frame.pages import ListPage
from partners.frame.paging import capped_count

from .approvals import number_of, queue_page
from .forms import ApprovalFilter
from .quality import Gap, checks_of


class Approvals(PermissionRequiredMixin, TemplateView):
    """The queue, the longest waiting first. Each line opens where it is decided."""

    permission_required = "oversight.view_approval"
    raise_exception = True
    template_name = "oversight/approvals.html"

    def get_context_data(self, **kwargs):
        params, user = self.request.GET, self.request.user
        form = ApprovalFilter(params, user=user)
        if form.problem:
            raise BadRequest(form.problem)
        page = queue_page(form.queue, params)
        Event.objects.shown("approval.list", [line.row for line in page.rows], by=user, filters=sorted(params))
        return super().get_context_data(
            page=page, total=number_of(form.queue), filterset={"form": form}, filter_tags=tags_of(form, params),
            **kwargs,
        )  # fmt: skip


class Quality(PermissionRequiredMixin, TemplateView):
    """Each thing that is looked for, with how many lack it. About nobody."""

    permission_required = "oversight.view_gap"
    raise_exception = True
    template_name = "oversight/quality.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        counted = [(name, check, capped_count(check.rows(user))) for name, check in checks_of(user).items()]
        Event.objects.shown("gap.list", [], by=user)
        found = sorted((one for one in counted if one[2]), key=lambda one: -one[2])
        return super().get_context_data(found=found, clear=[one for one in counted if not one[2]], **kwargs)


class Gaps(ListPage):
    """Those in whom one thing is missing or odd, each with the way to where it is mended."""

    permission_required = "oversight.view_gap"
    template_name = "oversight/gaps.html"
    verb = "gap"

    def dispatch(self, request, *args, **kwargs):
        self.check = checks_of(request.user).get(kwargs["name"])
        return super().dispatch(request, *args, **kwargs)

    @property
    def orders(self):
        return {"usual": self.check.order}

    def scope(self):
        if self.check is None:
            raise Http404
        return self.check.rows(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        lines = [Gap(self.check, row) for row in context["page"].rows]
        return context | {"check": self.check, "lines": lines}
