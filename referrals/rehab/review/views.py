"""Reviews as those read them whose work was looked into."""

from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from partners.audit.models import Event
from partners.frame.pages import ListPage, RecordPage
from referrals.rehab.models import Review

from .filters import ReviewFilter


def reviews(user):
    """What pages and API start from."""
    return Review.objects.visible_to(user).with_names()


class ReviewList(ListPage):
    """Those signed off, the latest first; others when asked for."""

    template_name = "rehab/review/list.html"
    permission_required = "rehab.view_review"
    verb = "review"
    filterset_class = ReviewFilter
    orders = {"-day": ("-begun_at", "-id"), "day": ("begun_at", "id")}

    def scope(self):
        rows = reviews(self.request.user)
        return rows if self.request.GET.get("status") else rows.signed()


class ReviewPage(RecordPage):
    template_name = "rehab/review/detail.html"
    verb = "review"

    def scope(self):
        return reviews(self.request.user)

    def get_context_data(self, **kwargs):
        review, user = self.object, self.request.user
        attach([review], user)
        tasks = list(review.actions(user))
        Event.objects.shown("task.list", tasks, by=user, subject=review)
        goes_on = review.may(user, "write") and not review.finished_on
        return super().get_context_data(
            tasks=tasks,
            why=panels.why(user, review.offender),
            write_url=reverse("admin:rehab_case_review", args=[review.case_id]) if goes_on else "",
            **kwargs,
        )


def last_review(user, case):
    """The last review of this case that was signed off, with its `tasks`, for the page of the case; or None."""
    review = reviews(user).filter(case=case).signed().newest_first().first()
    if review:
        review.tasks = list(review.actions(user))
        Event.objects.shown("review.view", [review], by=user, subject=review)
    return review
