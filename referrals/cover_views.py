"""The pages of cover: who is away, and who stands in for them."""

from django.core.exceptions import PermissionDenied
from django.urls import reverse

from offenders.steps import ask, steps_of
from partners.frame.pages import ListPage, RecordPage

from .cover_forms import CoverFilter, CoverForm
from .models import Cover


def covers(user):
    """What pages and API start from."""
    return Cover.objects.visible_to(user).with_names()


class CoverList(ListPage):
    """Who is away today, and who will be; others when asked for."""

    template_name = "cover/list.html"
    permission_required = "referrals.view_cover"
    verb = "cover"
    filterset_class = CoverFilter
    orders = {"from": ("valid_from", "id"), "-from": ("-valid_from", "-id")}

    def scope(self):
        rows = covers(self.request.user)
        return rows if self.request.GET.get("when") else rows.ahead()

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_arrange=Cover.may_arrange(self.request.user), **kwargs)


class CoverPage(RecordPage):
    template_name = "cover/detail.html"
    verb = "cover"

    def scope(self):
        return covers(self.request.user)

    def get_context_data(self, **kwargs):
        cover, user = self.object, self.request.user
        steps = steps_of(cover, user, "cover:")
        may_arrange = Cover.may_arrange(user)
        theirs = cover.is_ahead and (may_arrange or cover.covered_by == user)
        return super().get_context_data(
            steps=steps, may_arrange=may_arrange, left_out=cover.left_out if theirs else 0, **kwargs
        )


def add(request):
    """Arrange that someone stands in."""
    if not Cover.may_arrange(request.user):
        raise PermissionDenied("You may not arrange who stands in for whom.")
    form = CoverForm(request.POST if request.method == "POST" else None, user=request.user)
    return ask(
        request, form, form.write, record=request.user.membership.agency, verb="cover", heading="Arrange cover",
        caption="", done="Cover arranged.", back=reverse("cover:list"),
    )  # fmt: skip
