"""The pages of referrals: putting someone forward, the list, one referral."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from offenders import panels
from offenders.amend import attach
from offenders.forms import MatchForm
from offenders.models import Entry, Offender
from offenders.search import likely_matches, restricted
from partners.audit.models import Event
from partners.frame.pages import ListPage, RecordPage

from .eligibility import ANSWERS, answers, not_met
from .filters import ReferralFilters
from .forms import explained, said, why_not
from .journey import Expired, Journey
from .journey_forms import WhoForm, WhyForm
from .models import Referral
from .operations import put_forward
from .pathways import open_pathways
from .workflow import ENDED, Status

TAGS = {Status.DRAFT: "govuk-tag--grey", Status.SUBMITTED: "govuk-tag--yellow", Status.ACCEPTED: "govuk-tag--blue",
        Status.ENGAGED: "govuk-tag--turquoise", Status.COMPLETED: "govuk-tag--green"}  # fmt: skip

LATEST = 50  # lines of what happened; the person's own page has them all

# What other apps offer on a referral's page: functions of (user, referral) that return (label, address), or None;
# and what they say of someone about to be referred: functions of (user, offender, pathway) that return sentences about
# what this user may see. An app adds its own when it is ready.
OFFERS, STANDING = [], []


class ReferralList(ListPage):
    """Referrals sent or received by the user's team, with what became of them."""

    template_name = "referrals/list.html"
    permission_required = "referrals.view_referral"
    verb = "referral"
    filterset_class = ReferralFilters
    orders = {"-referred_on": ("-referred_on", "-id"), "referred_on": ("referred_on", "id")}

    def scope(self):
        return Referral.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = [(row, TAGS.get(row.status, "govuk-tag--grey")) for row in context["page"].rows]
        return context | {"rows": rows, "may_refer": self.request.user.has_perm("referrals.add_referral")}


class ReferralPage(RecordPage):
    template_name = "referrals/detail.html"
    verb = "referral"

    def scope(self):
        user = self.request.user
        return Referral.objects.visible_to(user).with_names().with_leave(user)

    def get_context_data(self, **kwargs):
        referral, user = self.object, self.request.user
        attach([referral], user)
        is_draft = referral.status == Status.DRAFT
        rules = answers(referral) if is_draft else referral.eligibility
        age = referral.offender.age(referral.referred_on)
        entries = Entry.objects.visible_to(user).filter(matters__contains=[referral.pk]).with_names()
        offers = [offer for give in OFFERS if (offer := give(user, referral))]
        taken = referral.steps_for(user)
        if len(open_pathways()) < 2:
            taken.pop("redirect", None)  # there is nowhere to redirect to
        steps = [(step.label, reverse(f"referrals:{verb}", args=[referral.pk])) for verb, step in taken.items()]
        return super().get_context_data(
            why=panels.why(user, referral.offender),
            tags=[(referral.get_status_display(), TAGS.get(referral.status, "govuk-tag--grey"))],
            facts=[referral.get_pathway_display(), f"Referred {referral.referred_on:%-d %B %Y}", referral.became],
            outcome=outcome(referral),
            said=[("Age", "" if age is None else str(age)), *said(referral, may_read=referral.may_read)],
            rules=explained(rules),
            is_draft=is_draft,
            steps=[*offers, *steps],
            is_ending=not offers and all(step.target in ENDED for step in taken.values()),
            entries=[shown(entry) for entry in entries.newest_first()[:LATEST]],
            **kwargs,
        )


def outcome(referral):
    """What became of it, one fact a line: status and dates."""
    receiver = str(referral.to_unit or referral.to_agency)
    rows = [("Sent to", receiver), ("Stands", referral.became)]
    rows += [("Who sees them", str(referral.worker))] if referral.worker else []
    rows += [("Ended on", f"{referral.ended_on:%-d %B %Y}")] if referral.ended_on else []
    return [*rows, *([("Reason", referral.end_reason)] if referral.end_reason else [])]


def shown(entry):
    """An entry of the timeline as frame/timeline.html wants it."""
    is_note = entry.kind == Entry.Kind.NOTE
    sentence, _, text = entry.sentence.partition(": ") if is_note else (entry.sentence, "", "")
    return {
        "sentence": sentence, "text": text, "happened_at": entry.happened_at, "by_name": str(entry.by),
        "agency_name": str(entry.unit or entry.agency), "category_label": "",
    }  # fmt: skip


# putting someone forward, page by page

may_refer = permission_required("referrals.add_referral", raise_exception=True)


def of_journey(page):
    """A page of a journey: finds it, or says where its answers went."""

    @may_refer
    def found(request, key):
        try:
            return page(request, Journey.find(request, key))
        except Expired:
            messages.warning(request, "That referral was left too long, so its answers were cleared. Start it again.")
            return redirect("referrals:new")
        except Http404:
            # sent or saved already: the second press, or the way back
            made = Referral.objects.visible_to(request.user).filter(pk=key, referred_by=request.user).first()
            if made is None:
                raise
            return after(made)

    return found


def after(referral):
    """Where one goes once it is made."""
    return redirect(referral) if referral.status == Status.DRAFT else redirect("referrals:sent", referral.pk)


@may_refer
def new(request):
    """Begin: with nobody, or (by POST) with someone found already."""
    if request.method != "POST":
        return redirect("referrals:who", Journey.begin(request).key)
    found = Offender.objects.findable_by(request.user)
    try:
        offender = get_object_or_404(found, pk=request.POST.get("offender"))
    except ValidationError:
        raise Http404 from None
    journey = Journey.begin(request, match={"person": str(offender.pk)})
    return redirect("referrals:why", journey.key)


def page(request, journey, name, form, heading, back, **context):
    context |= {"form": form, "heading": heading, "back": back, "key": journey.key}
    return TemplateResponse(request, f"referrals/{name}.html", context, status=422 if form.errors else 200)


@of_journey
def who(request, journey):
    form = WhoForm(request.POST if request.method == "POST" else journey["who"])
    if request.method == "POST" and form.is_valid():
        journey.answer("who", request.POST)
        journey.forget("match")
        return redirect("referrals:match", journey.key)
    return page(request, journey, "page", form, "Who are you referring?", reverse("referrals:list"))


@of_journey
def match(request, journey):
    """Those known already who are like the person; passed by where there are none."""
    typed = WhoForm(journey["who"])
    if not typed.is_valid():
        return redirect("referrals:who", journey.key)
    said = typed.cleaned_data
    back = reverse("referrals:who", args=[journey.key])
    if stubs := restricted(request.user, typed.numbers):
        context = {"heading": "This number is known already", "back": back, "restricted": stubs}
        return TemplateResponse(request, "referrals/restricted.html", context)
    matches = likely_matches(
        request.user, said["given_names"], said["family_name"], said["date_of_birth"], typed.numbers, said["phone"]
    )
    if not matches:
        journey.answer("match", {"person": MatchForm.NOBODY})
        return redirect("referrals:why", journey.key)
    form = MatchForm(request.POST if request.method == "POST" else journey["match"], matches=matches)
    if request.method == "POST" and form.is_valid():
        journey.answer("match", form.cleaned_data)
        return redirect("referrals:why", journey.key)
    return page(
        request, journey, "match", form, "Is this the person?", back, typed=identity(Offender(**typed.facts))[:2]
    )


def person_of(request, journey):
    """Whom the journey is about: an Offender, a valid `WhoForm` of someone new, or None while that is open."""
    chosen = (journey["match"] or {}).get("person")
    if chosen and chosen != MatchForm.NOBODY:
        return Offender.objects.findable_by(request.user).filter(pk=chosen).first()
    typed = WhoForm(journey["who"])
    return typed if chosen and typed.is_valid() else None


def to_be(request, journey, person):
    """The referral to be, not saved, and the form that says why."""
    is_new = isinstance(person, WhoForm)
    record = Referral(
        id=journey.key,
        pathway=open_pathways()[0],
        offender=Offender(**person.facts) if is_new else person,
        area=person.cleaned_data["area"] if is_new else None,
    )
    typed = request.POST if request.resolver_match.url_name == "why" and request.method == "POST" else journey["why"]
    return record, WhyForm(typed, record=record, user=request.user, is_new=is_new)


@of_journey
def why(request, journey):
    person = person_of(request, journey)
    if person is None:
        return redirect("referrals:match", journey.key)
    record, form = to_be(request, journey, person)
    if request.method == "POST" and form.is_valid():
        journey.answer("why", request.POST)
        return redirect("referrals:check", journey.key)
    back = reverse("referrals:list")
    if journey["who"]:
        back = reverse("referrals:who" if isinstance(person, WhoForm) else "referrals:match", args=[journey.key])
    return page(request, journey, "page", form, "Why are you referring them?", back, caption=str(record.offender))


@of_journey
def check(request, journey):
    """Everything said, whether it fits, and the two ways to end: send it, or save it as a draft."""
    person = person_of(request, journey)
    if person is None or journey["why"] is None:
        return redirect("referrals:why", journey.key)
    record, form = to_be(request, journey, person)
    if not form.is_valid():
        return redirect("referrals:why", journey.key)
    problem = []
    if request.method == "POST":
        send = request.POST.get("action") != "save"
        try:
            referral = put_forward(by=request.user, person=person, form=form, send=send, key=journey.key)
        except (ValidationError, IntegrityError) as error:
            made = Referral.objects.visible_to(request.user).filter(pk=journey.key).first()
            if made:  # of two presses, the other was first
                return after(made)
            if isinstance(error, IntegrityError):
                raise
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
        "key": journey.key,
        "back": reverse("referrals:why", args=[journey.key]),
        "person": identity(person),
        "can_change_person": journey["who"] is not None,
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


class Sent(RecordPage):
    """What to read out, what happens next, and words for the person."""

    template_name = "referrals/sent.html"
    verb = "referral"

    def scope(self):
        return Referral.objects.visible_to(self.request.user).exclude(status=Status.DRAFT).with_names()
