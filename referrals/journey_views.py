"""Putting someone forward, page by page: the pages that every pathway has, and those of a general one."""

import uuid
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.generic import View

from offenders.forms import MatchForm
from offenders.models import Offender
from offenders.search import likely_matches, restricted
from partners.audit.models import Event

from .eligibility import ANSWERS, answers, not_met
from .forms import said, why_not
from .journey_forms import WhoForm, WhyForm
from .models import Journey, Referral
from .models.journey import route
from .operations import person_of, put_forward, who_form
from .pathways import ABOUT, Pathway, pathways_for
from .workflow import Status

# What other apps say of someone about to be referred: functions of (user, offender, pathway) that return sentences
# about what this user may see. An app adds its own when it is ready.
STANDING = []

LEFT_TOO_LONG = "That referral was left too long, so its answers were cleared. Start it again."

may_refer = permission_required("referrals.add_referral", raise_exception=True)


def of_journey(name):
    """The page of this name in a journey: finds the journey, or says where its answers went."""

    def decorate(view):
        @wraps(view)
        def found(request, key):
            may = pathways_for(request.user)
            if not any(name in route(pathway) for pathway in may):
                raise PermissionDenied("You may not refer people like this.")
            journey = _find(request, key, name)
            if journey is None:
                # sent or saved already: the second press, or the way back
                made = get_object_or_404(Referral.objects.visible_to(request.user), pk=key, referred_by=request.user)
                return after(made)
            if journey.pathway not in may:
                raise PermissionDenied(f"You may not refer people to {journey.get_pathway_display()}.")
            if journey.is_expired:
                messages.warning(request, LEFT_TOO_LONG)
                return redirect("referrals:new")
            pages = journey.route
            if name not in pages or pages.index(name) > pages.index(journey.missing):
                return redirect(journey)
            return view(request, journey)

        return found

    return decorate


def _find(request, key, name):
    """The journey of this key, which on its first page may yet have to begin; None where there is none of this user's.

    It is theirs to change, nobody else's until the request is done: two presses come one after the other.
    """
    rows = Journey.objects.visible_to(request.user)
    journey = (rows.select_for_update() if request.method == "POST" else rows).filter(pk=key).first()
    pathway = request.GET.get("pathway")
    if journey or name != "who" or pathway not in Pathway or _is_taken(key):
        return journey
    return Journey(pk=key, user=request.user, membership=request.user.membership, pathway=pathway)


def _is_taken(key):
    return Journey.objects.filter(pk=key).exists() or Referral.objects.filter(pk=key).exists()


def after(referral):
    """Where one goes once it is made."""
    if referral.status == Status.DRAFT:
        return redirect(referral)
    return redirect("booking:sent" if ABOUT[referral.pathway].is_booked else "referrals:sent", referral.pk)


def page(request, journey, name, form, heading, back, **context):
    context |= {"form": form, "heading": heading, "back": back, "key": journey.pk}
    return TemplateResponse(request, name, context, status=422 if form.errors else 200)


def show(request, name, person):
    """Record that this page showed someone who is known."""
    if isinstance(person, Offender):
        Event.objects.shown(f"referral.{name}", [person], by=request.user)


# beginning, and leaving


@may_refer
def new(request):
    """Begin: with nobody, or (by POST) with someone found already. Asks for the pathway where there are several."""
    may = pathways_for(request.user)
    offender = None
    if request.method == "POST":
        found = Offender.objects.findable_by(request.user)
        try:
            offender = get_object_or_404(found, pk=request.POST.get("offender"))
        except ValidationError:
            raise Http404 from None
    pathway = request.POST.get("pathway") or request.GET.get("pathway")
    if pathway is None and len(may) == 1:
        (pathway,) = may
    if pathway is None:
        return _choose(request, may, offender)
    if pathway not in may:
        raise Http404
    if offender:
        journey = Journey(user=request.user, membership=request.user.membership, pathway=pathway)
        journey.answer("match", {"person": str(offender.pk)})
        return redirect(journey)
    return redirect(f"{reverse('referrals:who', args=[uuid.uuid4()])}?pathway={pathway}")


def _choose(request, may, offender):
    if offender:
        Event.objects.shown("referral.new", [offender], by=request.user)
    pathways = [(pathway, ABOUT[pathway].found) for pathway in may]
    unfinished = Journey.objects.visible_to(request.user).unfinished()
    context = {"pathways": pathways, "offender": offender, "unfinished": [] if offender else unfinished}
    return TemplateResponse(request, "referrals/new.html", context)


class Discard(PermissionRequiredMixin, View):
    """Throwing a journey away, with what was typed."""

    permission_required = "referrals.add_referral"
    raise_exception = True

    def post(self, request, key):
        get_object_or_404(Journey.objects.visible_to(request.user), pk=key).end()
        messages.success(request, "Thrown away. Nothing of it is kept.")
        return redirect("referrals:list")


# who


@of_journey("who")
def who(request, journey):
    form = who_form(journey, request.POST if request.method == "POST" else journey.said("who"))
    if request.method == "POST" and form.is_valid():
        journey.answers.pop("match", None)
        journey.answer("who", request.POST)
        return redirect("referrals:match", journey.pk)
    template = "referrals/street/who.html" if ABOUT[journey.pathway].is_booked else "referrals/page.html"
    return page(request, journey, template, form, "Who are you referring?", reverse("referrals:list"))


@of_journey("match")
def match(request, journey):
    """Those known already who are like the person; passed by where there are none."""
    typed = who_form(journey, journey.said("who"))
    if not typed.is_valid():
        return redirect("referrals:who", journey.pk)
    said = typed.cleaned_data
    back = journey.address("who")
    if stubs := restricted(request.user, typed.numbers):
        context = {"heading": "This number is known already", "back": back, "restricted": stubs}
        return TemplateResponse(request, "referrals/restricted.html", context)
    matches = likely_matches(
        request.user, said["given_names"], said["family_name"], said["date_of_birth"], typed.numbers, said["phone"]
    )
    if not matches:
        journey.answer("match", {"person": MatchForm.NOBODY})
        return redirect(journey)
    form = MatchForm(request.POST if request.method == "POST" else journey.said("match"), matches=matches)
    if request.method == "POST" and form.is_valid():
        journey.answer("match", form.cleaned_data)
        return redirect(journey)
    return page(
        request,
        journey,
        "referrals/match.html",
        form,
        "Is this the person?",
        back,
        typed=identity(Offender(**typed.facts))[:2],
    )


def back_to_who(journey, person):
    """Where the way back from the page after these leads."""
    if not journey.said("who"):
        return reverse("referrals:list")
    return journey.address("who" if isinstance(person, WhoForm) else "match")


# why, on a general pathway


def to_be(request, journey, person):
    """The referral to be, not saved, and the form that says why."""
    is_new = isinstance(person, WhoForm)
    record = Referral(
        id=journey.pk,
        pathway=journey.pathway,
        offender=Offender(**person.facts) if is_new else person,
        area=person.cleaned_data["area"] if is_new else None,
    )
    is_asked = request.resolver_match.url_name == "why" and request.method == "POST"
    typed = request.POST if is_asked else journey.said("why")
    return record, WhyForm(typed, record=record, user=request.user, is_new=is_new)


@of_journey("why")
def why(request, journey):
    person = person_of(journey, user=request.user)
    if person is None:
        return redirect("referrals:match", journey.pk)
    record, form = to_be(request, journey, person)
    if request.method == "POST" and form.is_valid():
        journey.answer("why", request.POST)
        return redirect(journey)
    back = back_to_who(journey, person)
    return page(
        request, journey, "referrals/page.html", form, "Why are you referring them?", back, caption=str(record.offender)
    )


@of_journey("check")
def check(request, journey):
    """Everything said, whether it fits, and the two ways to end: send it, or save it as a draft."""
    person = person_of(journey, user=request.user)
    if person is None:
        return redirect("referrals:match", journey.pk)
    record, form = to_be(request, journey, person)
    if not form.is_valid():
        return redirect("referrals:why", journey.pk)
    problem = []
    if request.method == "POST":
        send = request.POST.get("action") != "save"
        try:
            referral = put_forward(by=request.user, person=person, form=form, send=send, key=journey.pk)
        except ValidationError as error:
            problem = error.messages
        else:
            journey.end()
            if not send:
                messages.success(request, "Draft saved. It is not sent yet.")
            return after(referral)
    context = summary(request, journey, form, record) | {"problem": problem}
    context["person"] += person.in_words if isinstance(person, WhoForm) else []
    return TemplateResponse(request, "referrals/check.html", context, status=422 if problem else 200)


def summary(request, journey, form, record):
    """What the page to check answers on says."""
    hat, person = request.user.membership, record.offender
    record.pathway = form.chosen_pathway
    for name, value in ({"from_agency": hat.agency, "from_unit": hat.unit} | form.referral_fields()).items():
        setattr(record, name, value)
    if not person._state.adding:
        Event.objects.shown("referral.check", [person], by=request.user)
    rules = answers(record)
    failed = not_met(rules)
    return {
        "key": journey.pk,
        "back": journey.address("why"),
        "person": identity(person),
        "can_change_person": journey.said("who") is not None,
        "standing": [] if person._state.adding else standing(request.user, person, record.pathway),
        "said": said(record),
        "pathway": record.get_pathway_display(),
        "rules": [(rule, ANSWERS[rule["answer"]]) for rule in rules],
        "why_not": why_not(record, failed) if failed else "",
    }


def standing(user, offender, pathway):
    """Sentences about what is open for the person already, as far as this user may see it."""
    rows = Referral.objects.visible_to(user).open().on_pathway(pathway).filter(offender=offender)
    found = [
        f"They have an open referral on this pathway already: {row.reference} of {row.referred_on:%-d %B %Y}, "
        f"{row.get_status_display().lower()}."
        for row in rows.order_by("-referred_on", "-id")
    ]
    return [*found, *(sentence for give in STANDING for sentence in give(user, offender, pathway))]


def identity(person):
    """Who it is, one fact a line; of someone known already no more than it takes to recognise them."""
    born = person.date_of_birth and f"{person.date_of_birth:%-d %B %Y}"
    rows = [
        ("Name", str(person)),
        ("Date of birth", f"About {born}" if person.is_birth_date_about and born else born),
        ("Sex", person.get_sex_display()),
    ]
    if person._state.adding:
        return [*rows, ("Phone number", person.phone), ("Ethnicity", person.get_ethnicity_display())]
    return [*rows, ("Reference", person.reference)]
