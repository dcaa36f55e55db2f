"""The list of deadlines; each stands on its referral's page too."""

from partners.frame.pages import ListPage

from .deadline_filters import DeadlineFilter
from .models import Deadline


def deadlines(user):
    """What pages and API start from."""
    return Deadline.objects.visible_to(user).with_names()


def of_referral(user, referral):
    """Those of one referral that the user sees, as its pages list them: (deadline, whether they may pause it, or let it
    run again)."""
    rows = list(deadlines(user).filter(referral=referral).order_by("set_on", "due_on", "id"))
    return [(row, next(iter(row.steps_for(user)), "")) for row in rows]


class DeadlineList(ListPage):
    """What is due by when, the first first: one's own; of the team for who oversees its deadlines."""

    template_name = "deadlines/list.html"
    permission_required = "referrals.view_deadline"
    verb = "deadline"
    filterset_class = DeadlineFilter
    orders = {"due": ("due_on", "id"), "-due": ("-due_on", "-id")}
    saved = [
        ("Mine", "whose=mine"),
        ("Of my team", "whose=team"),
        ("Overdue", "whose=team&due=overdue"),
        ("Paused", "whose=team&status=paused"),
        ("Finished", "whose=team&status=met&status=dropped"),
    ]

    @property
    def usual(self):
        """What shows where nothing is asked for."""
        return "whose=team" if self.request.user.has_perm("referrals.oversee_deadline") else "whose=mine"

    def scope(self):
        rows, asked = deadlines(self.request.user), self.request.GET
        rows = rows if asked.getlist("status") else rows.open()
        own = self.usual == "whose=mine" and not {"whose", "worker", "status", "kind", "due"} & asked.keys()
        return rows.of(self.request.user) if own else rows

    def get_context_data(self, **kwargs):
        here = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            here.pop(name, None)
        here = here.urlencode() or self.usual
        tabs = [(label, f"?{query}", query == here) for label, query in self.saved]
        return super().get_context_data(tabs=tabs, **kwargs)
