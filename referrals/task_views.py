"""The pages of tasks: who is to do what, by when."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from offenders import panels
from offenders.amend import attach
from offenders.models import Involvement, Offender
from offenders.steps import ask, steps_of
from partners.frame.pages import ListPage, RecordPage

from .models import Cover, Task
from .task_filters import TaskFilter
from .task_forms import TaskForm


def tasks(user):
    """What pages and API start from."""
    return Task.objects.visible_to(user).with_names()


class TaskList(ListPage):
    """One's own that are to be done now, the first due first; others when asked for."""

    template_name = "tasks/list.html"
    permission_required = "referrals.view_task"
    verb = "task"
    filterset_class = TaskFilter
    orders = {"due": ("due_on", "id"), "-due": ("-due_on", "-id")}
    tabs = [
        ("Mine", ""),
        ("Put off", "whose=mine&due=later"),
        ("Of my team", "whose=team"),
        ("All I see", "status=open"),
        ("Finished", "status=done&status=not_done"),
    ]

    def scope(self):
        rows, asked = tasks(self.request.user), self.request.GET
        rows = rows if asked.getlist("status") else rows.open()
        return rows if {"whose", "status", "owner", "matter"} & asked.keys() else rows.of(self.request.user).now()

    def get_context_data(self, **kwargs):
        here = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            here.pop(name, None)
        here = here.urlencode()
        tabs = [(label, f"?{query}" if query else self.request.path, query == here) for label, query in self.tabs]
        covered = Cover.stood_in_for(self.request.user)[1:]
        return super().get_context_data(tabs=tabs, covered=covered, **kwargs)


class TaskPage(RecordPage):
    template_name = "tasks/detail.html"
    verb = "task"

    def scope(self):
        return tasks(self.request.user)

    def get_context_data(self, **kwargs):
        task, user = self.object, self.request.user
        attach([task], user)
        steps = steps_of(task, user, "tasks:")
        return super().get_context_data(steps=steps, why=panels.why(user, task.offender), **kwargs)


def add(request, matter):
    """Give someone a task about the person of this referral or case."""
    user = request.user
    theirs = Involvement.objects.open_to(user).filter(user.mine(), matter=matter)
    person = get_object_or_404(Offender.objects.worked_by(user).filter(pk__in=theirs.values("offender")))
    if not user.has_perm("referrals.add_task"):
        raise PermissionDenied("You may not give anyone a task.")
    data = request.POST if request.method == "POST" else None
    form = TaskForm(data, record=person, user=user, matter=matter)
    return ask(
        request, form, form.write, record=person, verb="task", heading="Add a task", button="Add the task",
        caption=str(person), done="Task added. It is on the home page of whoever has it.",
    )  # fmt: skip
