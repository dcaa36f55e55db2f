"""Putting someone forward from the street: what happened, what fits, on what terms. The rest is booking's."""

from django.shortcuts import redirect
from django.template.response import TemplateResponse

from .eligibility import ANSWERS, answers, not_met, what_else_fits
from .forms import why_not
from .journey_views import back_to_who, of_journey, page, show, standing
from .pathways import Pathway, pathways_for
from .street import Asked


@of_journey("happened")
def happened(request, journey):
    asked = Asked(journey, user=request.user)
    if asked.lacks == "match":
        return redirect("referrals:match", journey.pk)
    form = asked.happened_form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        journey.answer("happened", form.typed)
        return redirect(journey)
    show(request, "happened", asked.person)
    return page(
        request, journey, "referrals/street/happened.html", form, "What happened?", back_to_who(journey, asked.person)
    )


@of_journey("fits")
def fits(request, journey):
    """Each rule with its answer, what they are offered, and the other pathways that fit, each a way on."""
    asked = Asked(journey, user=request.user)
    if asked.lacks in ("match", "happened"):
        return redirect(journey.address(asked.lacks))
    referral = asked.referral
    rules = answers(referral)
    failed = not_met(rules)
    others = [pathway for pathway in what_else_fits(referral) if pathway in pathways_for(request.user)]
    if request.method == "POST" and request.POST.get("pathway") in others:
        journey.turn_to(request.POST["pathway"])
        return redirect(journey)
    if request.method == "POST" and not failed:
        journey.answer("fits", {})
        return redirect(journey)
    show(request, "fits", asked.person)
    context = {
        "key": journey.pk,
        "back": journey.address("happened"),
        "rules": [(rule, ANSWERS[rule["answer"]]) for rule in rules],
        "why_not": why_not(referral, failed) if failed else "",
        "others": [(pathway, Pathway(pathway).label) for pathway in others],
        "resolution": referral.resolution,
        "standing": [] if asked.is_new else standing(request.user, asked.person, journey.pathway),
        "has_terms": journey.said("terms") is not None,
    }
    return TemplateResponse(
        request, "referrals/street/fits.html", context, status=422 if request.method == "POST" else 200
    )


@of_journey("terms")
def resolution_terms(request, journey):
    asked = Asked(journey, user=request.user)
    if asked.lacks in ("match", "happened"):
        return redirect(journey.address(asked.lacks))
    form = asked.terms_form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        journey.answer("terms", form.typed)
        return redirect(journey)
    show(request, "terms", asked.person)
    return page(
        request, journey, "referrals/street/terms.html", form, "The community resolution", journey.address("fits"),
        record=asked.referral,
    )  # fmt: skip
