"""Assessing a person: begun on any device, a section at a time, each kept as it goes; finished by each agency."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from offenders.steps import ask
from offenders.versions import Overtaken
from offenders.workflow import TooLate

from .assessment_forms import BeginAssessmentForm, DiscardForm, FinishForm, SectionForm
from .models import Assessment, Case
from .questions import sections_of


def sent(request):
    """What a form is given: the answers sent, even none of them."""
    return request.POST if request.method == "POST" else None


def begin(request, pk):
    """Say which part one's agency does; one that it has begun already is carried on with."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_names(), pk=pk)
    if not request.user.has_perm("rehab.assess_case"):
        raise PermissionDenied("You may not assess this person.")
    begun = Assessment.objects.visible_to(request.user).unfinished().filter(case=case).first()
    if begun and not case.closed_on:
        messages.info(request, "Your agency has begun this already. Carry on with it.")
        return redirect(begun)
    form = BeginAssessmentForm(sent(request), case=case, user=request.user)
    return ask(
        request, form, form.begin, record=case, verb="assess", heading="Assess the person", button="Begin",
        done="Begun. Each page is kept as you go; you can come back to it on any device.",
        cancel_url=reverse("rehab:case_assessment", args=[case.pk]),
    )  # fmt: skip


def under_way(request, pk):
    """The assessment, to be written in. Where it is finished, None: it is amended instead."""
    rows = Assessment.objects.visible_to(request.user).select_related("case__offender", "case__referral", "agency")
    row = get_object_or_404(rows.prefetch_related("substances"), pk=pk)
    if not request.user.has_perm("rehab.assess_case"):
        raise PermissionDenied("You may not assess this person.")
    if row.finished_at:
        messages.error(request, "This assessment is finished. Amend it instead.")
    elif row.case.closed_on:
        messages.error(request, "This case is closed. Reopen it before recording an assessment.")
    else:
        return row, None
    return None, redirect("rehab:case_assessment", row.case_id)


def write(request, pk, section):
    """One section. The page keeps it by itself while someone writes, where it has script."""
    row, elsewhere = under_way(request, pk)
    if elsewhere:
        return elsewhere
    sections = sections_of(row.part)
    if section not in sections:
        return redirect(row)
    data = sent(request)
    by_itself = data is not None and "by_itself" in data
    form = SectionForm(data, row=row, section=section, user=request.user)
    if by_itself:
        return kept_by_itself(form)
    number = list(sections).index(section) + 1
    return ask(
        request, form, form.write, record=row, verb="write", heading=sections[section].title, done="Saved.",
        caption=f"{row.offender}, {row.title}, section {number} of {len(sections)}", button="Save and continue",
        template="rehab/assessment/section.html", cancel_url=reverse("rehab:assessment", args=[row.pk]),
    )  # fmt: skip


def kept_by_itself(form):
    """What the page asks for in the background: a sentence, and what the form is to carry from now on."""
    status, told = 200, f"Saved at {timezone.localtime():%H:%M}."
    try:
        if form.is_valid():
            form.write()
        else:
            status, told = 422, f"Not saved: {next(iter(form.errors.values()))[0]}."
    except Overtaken:
        status, told = 409, "Someone else changed this. Choose “Save and continue” to see both."
    except (TooLate, ValidationError) as error:
        status, told = 409, f"Not saved: {' '.join(getattr(error, 'messages', [str(error)]))}"
    return JsonResponse({"told": told} | ({"seen": form.seal()} if status == 200 else {}), status=status)


def finish(request, pk):
    """All that was written, to be looked over, and said to be complete."""
    row, elsewhere = under_way(request, pk)
    if elsewhere:
        return elsewhere
    form = FinishForm(sent(request), row=row, user=request.user)
    sections = [
        (section.title, reverse(f"rehab:assessment_{name}", args=[row.pk]), bool(row.asked.keys() & set(section.names)),
         row.answers_to(section.names), "substances" in section.names)
        for name, section in sections_of(row.part).items()
    ]  # fmt: skip
    return ask(
        request, form, form.write, record=row, verb="finish", heading="Check and finish", button="Finish",
        caption=f"{row.offender}, {row.title}", done="Finished.", sections=sections,
        template="rehab/assessment/check.html", cancel_url=reverse("rehab:case_assessment", args=[row.case_id]),
    )  # fmt: skip


def discard(request, pk):
    """Throw away what was begun by mistake."""
    row, elsewhere = under_way(request, pk)
    if elsewhere:
        return elsewhere
    form = DiscardForm(sent(request))
    return ask(
        request, form, lambda: row.discard(by=request.user), record=row, verb="discard", heading="Throw it away",
        caption=f"{row.offender}, {row.title}", done="Thrown away.", cancel_url=reverse("rehab:assessment", args=[pk]),
        back=reverse("rehab:case_assessment", args=[row.case_id]),
    )  # fmt: skip
