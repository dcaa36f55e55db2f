"""The queue of reading to look into, and each with what it rests on."""

from offenders.steps import steps_of, take_step
from partners.audit.views import NEWEST_FIRST, name_people
from partners.frame.pages import ListPage, RecordPage
from partners.frame.paging import keyset_page

from .forms import STEP_FORMS, AlertFilter
from .models import REVIEW, Alert


class AlertList(ListPage):
    """What is out of the ordinary, the newest first."""

    template_name = "alerts/list.html"
    permission_required = REVIEW
    verb = "alert"
    filterset_class = AlertFilter
    orders = {"-raised_at": ("-raised_at", "-id"), "raised_at": ("raised_at", "id")}

    def scope(self):
        return Alert.objects.visible_to(self.request.user).with_names()


class AlertPage(RecordPage):
    """One alert with the events it rests on. As in the record, people are told by reference."""

    template_name = "alerts/alert.html"
    verb = "alert"

    def scope(self):
        return Alert.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        page = keyset_page(self.object.read, NEWEST_FIRST, self.request.GET)
        name_people(page.rows)
        steps = steps_of(self.object, self.request.user, "alerts:")
        return super().get_context_data(page=page, steps=steps, **kwargs)


def step(request, pk, verb):
    return take_step(request, pk, verb, model=Alert, step_forms=STEP_FORMS)
