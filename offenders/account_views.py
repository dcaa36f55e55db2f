"""The account for the person: read with them, and printed for them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.generic import View

from . import account
from .models import Offender


class Show(View):
    """The account on a page, to read with the person."""

    def get(self, request, pk):
        offender = get_object_or_404(Offender.objects.visible_to(request.user), pk=pk)
        context = {"offender": offender, "account": account.tell(offender, by=request.user)}
        return TemplateResponse(request, "offenders/account.html", context)


class Print(View):
    """The PDF. Made by POST: it leaves a line on the timeline."""

    def post(self, request, pk):
        offender = get_object_or_404(Offender.objects.visible_to(request.user), pk=pk)
        pdf = account.print_for(offender, by=request.user)
        name = f'attachment; filename="account-{offender.reference}.pdf"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return HttpResponse(pdf, content_type="application/pdf", headers=headers)
