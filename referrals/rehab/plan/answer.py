"""The pages of whoever was sent a link: open to who holds the address and knows the e-mail address it was sent to.

They name nobody and no programme. The address opens nothing by itself, so that a log, a proxy or a program that opens
what stands in e-mails learns nothing; what is sent with a form never stands in an address.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from offenders.workflow import TooLate
from partners.audit.models import Event
from referrals.rehab.models import ActionLink

from .forms import AnswerForm, WhoForm


@method_decorator([login_not_required, never_cache], name="dispatch")
class Outside(View):
    """What both pages share: the link, and an answer that leaves no trace of where it was."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        # only where from, never the address: and to our own pages too, or it would stand in our logs
        response["Referrer-Policy"] = "strict-origin"
        return response

    def link(self, token):
        """The link that this token is; 404 where it is none of ours."""
        link = ActionLink.of_token(token)
        if link is None:
            raise Http404
        return link

    def show(self, state, status=200, **context):
        return TemplateResponse(self.request, "rehab/plan/answer.html", {"state": state, **context}, status=status)

    def over(self):
        return self.show("over", 410)


class Open(Outside):
    """Where the e-mail leads: asks for the address that it came to. Opening it changes nothing."""

    def get(self, request, token):
        if not self.link(token).is_live:
            return self.over()
        return self.show("who", form=WhoForm(initial={"token": token}))


class Answer(Outside):
    """Shows what is asked to who typed that address, and takes the answer, once."""

    def post(self, request):
        token = request.POST.get("token", "")
        link = self.link(token)
        if not link.is_live:
            return self.over()
        who = WhoForm(request.POST)
        if not who.is_valid():
            return self.show("who", 422, form=who)
        if not link.is_to(who.cleaned_data["email"]):
            if link.missed():
                return self.over()
            who.add_error("email", "The link was not sent to this address. Type the one the e-mail came to.")
            return self.show("who", 422, form=who)
        answered = "status" in request.POST or "why" in request.POST
        form = AnswerForm(request.POST if answered else None, initial=who.cleaned_data)
        if form.is_valid():
            try:
                link.answer(done=form.cleaned_data["status"] == "done", why=form.cleaned_data["why"])
            except TooLate:
                return self.over()
            return self.show("done")
        Event.objects.record(
            Event.Kind.CONSULTATION, "actionlink.view", by=None, subject=link, offenders=[link.offender_id]
        )
        return self.show("asked", 422 if form.errors else 200, form=form, action=link.action)
