"""The one page on which any record about a person is amended."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect

from .amend import KINDS, Unchanged, amend, page_of
from .steps import ask
from .versions import KEEP


class Kept(Exception):
    """Nothing is to be amended after all."""


def amend_record(request, kind, pk):
    """Amend a record, with a reason: 404 where it is not the user's to see, 403 where not theirs to amend."""
    model, form_class, *_ = KINDS[kind]
    try:
        row = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    except (ValueError, ValidationError):
        raise Http404 from None
    what = row._meta.verbose_name
    if not model.objects.amendable_by(request.user).filter(pk=row.pk).exists():
        raise PermissionDenied(f"You may not amend this {what}. The team that wrote it may, while it is open.")
    form = form_class(request.POST if request.method == "POST" else None, row=row, user=request.user)

    def write():
        reason, seen = form.cleaned_data["reason"], form.cleaned_data["seen"] or None
        try:
            amend(row, form.changes(row), by=request.user, reason=reason, seen=seen)
        except Unchanged:
            if any(name.startswith(KEEP) for name in form.data):  # of two versions, all of the other one was chosen
                raise Kept from None
            raise

    try:
        return ask(
            request, form, write, record=row, verb="amend", template=form.template, heading=f"Amend: {what}",
            button="Amend", back=page_of(row), done="Amended, with your name and your reason.",
            consequence="Whoever could read what was recorded before still can, with your name and your reason.",
        )  # fmt: skip
    except Kept:
        messages.success(request, "Kept as it is recorded.")
        return redirect(page_of(row))
