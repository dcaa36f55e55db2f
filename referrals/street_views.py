"""Putting someone forward from the street: what happened, what fits, on what terms. The rest is booking's."""

import datetime as dt

from django.shortcuts import redirect

from offenders.models import Offender

from .eligibility import ANSWERS, answers, not_met, what_else_fits
from .forms import why_not
from .journey_forms import WhoForm
from .journey_views import back_to_who, of_journey, page, person_of, show, standing
from .models import Referral, Resolution
from .pathways import Pathway, Source, pathways_for
from .street_forms import HappenedForm, TermsForm


def happened_form(journey, person, request=None):
    """The form of what happened: as it is answered now, by this request, or as it was answered before."""
    return HappenedForm(_typed(journey, "happened", request), is_new=isinstance(person, WhoForm))


def terms_form(journey, referral, request=None):
    """The same, of the terms."""
    return TermsForm(_typed(journey, "terms", request), is_child=referral.resolution.is_child)


def _typed(journey, page, request):
    return request.POST if request and request.method == "POST" else journey.said(page)


def street_person(request, journey):
    """Whom it is about, as `person_of`; how the officer saw someone new is among what is known of them."""
    person = person_of(request, journey)
    if isinstance(person, WhoForm) and journey.said("happened"):
        person.seen_as = journey.said("happened").get("officer_ethnicity", "")
    return person


def to_be(request, journey, person, happened, terms=None):
    """The referral to be, with its resolution as far as these valid forms say it; nothing of it is saved."""
    is_new, hat = isinstance(person, WhoForm), request.user.membership
    referral = Referral(
        id=journey.pk, pathway=journey.pathway, source=Source.OFFICER, from_agency=hat.agency, from_unit=hat.unit,
        offender=Offender(**person.facts) if is_new else person, area=area_of(person),
    )  # fmt: skip
    fields = happened.resolution_fields()
    if terms:
        fields |= terms.resolution_fields(dt.datetime.fromisoformat(journey.said("terms")["accepted_at"]))
    resolution = Resolution(referral=referral, **fields)
    for name, value in resolution.worked_out().items():
        setattr(resolution, name, value)
    return referral


def area_of(person):
    """Where they live: as typed of someone new, as recorded of someone known; None where that is not known."""
    if isinstance(person, WhoForm):
        return person.cleaned_data["area"]
    address = person.addresses.on().select_related("area").order_by("-valid_from", "pk").first()
    return address and address.area


@of_journey("happened")
def happened(request, journey):
    person = street_person(request, journey)
    if person is None:
        return redirect("referrals:match", journey.pk)
    form = happened_form(journey, person, request)
    if request.method == "POST" and form.is_valid():
        journey.answer("happened", form.typed)
        return redirect(journey)
    show(request, "happened", person)
    return page(request, journey, "street/happened", form, "What happened?", back_to_who(journey, person))


@of_journey("fits")
def fits(request, journey):
    """Each rule with its answer, what they are offered, and the other pathways that fit, each a way on."""
    person = street_person(request, journey)
    form = person and happened_form(journey, person)
    if not (form and form.is_valid()):
        return redirect(journey.address("happened" if person else "match"))
    referral = to_be(request, journey, person, form)
    rules = answers(referral)
    failed = not_met(rules)
    others = [pathway for pathway in what_else_fits(referral) if pathway in pathways_for(request.user)]
    if request.method == "POST" and request.POST.get("pathway") in others:
        journey.turn_to(request.POST["pathway"])
        return redirect(journey)
    if request.method == "POST" and not failed:
        journey.answer("fits", {})
        return redirect(journey)
    show(request, "fits", person)
    known = isinstance(person, Offender)
    response = page(
        request, journey, "street/fits", form, "Does Divert fit?", journey.address("happened"),
        rules=[(rule, ANSWERS[rule["answer"]]) for rule in rules],
        why_not=why_not(referral, failed) if failed else "",
        others=[(pathway, Pathway(pathway).label) for pathway in others],
        offer=referral.resolution.offer,
        is_child=referral.resolution.is_child,
        standing=standing(request.user, person, journey.pathway) if known else [],
    )  # fmt: skip
    response.status_code = 422 if request.method == "POST" else 200
    return response


@of_journey("terms")
def resolution_terms(request, journey):
    person = street_person(request, journey)
    happened = person and happened_form(journey, person)
    if not (happened and happened.is_valid()):
        return redirect(journey.address("happened" if person else "match"))
    referral = to_be(request, journey, person, happened)
    form = terms_form(journey, referral, request)
    if request.method == "POST" and form.is_valid():
        journey.answer("terms", form.typed)
        return redirect(journey)
    show(request, "terms", person)
    return page(
        request, journey, "street/terms", form, "The community resolution", journey.address("fits"),
        record=referral, why_approval=referral.resolution.why_approval(),
    )  # fmt: skip
