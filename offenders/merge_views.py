"""Likely pairs, two people side by side, and what was merged: for supervisors who see both."""

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from partners.audit.models import Event
from partners.frame.forms import Form
from partners.frame.pages import ListPage, RecordPage
from partners.middleware import is_api

from . import duplicates, merge
from .forms import WhyForm
from .merge_forms import UNKNOWN, CompareForm, MergeFilter, MergeForm, PairFilter, words_of
from .models import LikelyPair, Merge, Offender
from .moved import Moved
from .steps import ask, written
from .workflow import TooLate


class FollowMerge:
    """Where an address names a person merged into another, whoever sees that one is taken to the same page of theirs.

    To everyone else it stays a 404. Not for good: an un-merge gives the address back.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        pk = request.resolver_match and request.resolver_match.captured_kwargs.get("pk")
        if response.status_code != 404 or not pk or not request.user.is_authenticated:
            return response
        try:
            person = Offender.objects.visible_to(request.user).filter(merged=pk).first()
        except ValidationError:  # the key of something else
            return response
        if person is None:
            return response
        if request.method == "POST" and not is_api(request):
            messages.error(request, f"This record was merged into {person.reference}. What you sent was not recorded.")
        return redirect(request.get_full_path().replace(str(pk), str(person.pk)))


# likely pairs


def pairs(user):
    """What page and API start from."""
    return LikelyPair.objects.visible_to(user).with_names()


def find_pair(user, pk):
    """The pair, where the user sees both; TooLate where they are one meanwhile, and the user sees that one."""
    if found := pairs(user).filter(pk=pk).first():
        return found
    people = LikelyPair.objects.filter(pk=pk).values_list("one", "other").first() or ()
    if Merge.objects.visible_to(user).standing().filter(kept__in=people, gone__in=people).exists():
        raise TooLate("These two records were merged already.")
    raise Http404


class PairList(ListPage):
    template_name = "offenders/merge/pairs.html"
    permission_required = "offenders.view_likelypair"
    verb = "likelypair"
    filterset_class = PairFilter
    orders = {"score": ("-score", "-found_at", "-pk"), "newest": ("-found_at", "-pk")}

    def scope(self):
        return pairs(self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for pair in context["page"].rows:
            pair.words = list(duplicates.words(pair, self.request.user))
        return context | {"tabs": tabs("pairs")}


def tabs(here):
    names = [("Likely duplicates", "pairs"), ("Merges", "merges")]
    return [(label, reverse(f"offenders:{name}"), name == here) for label, name in names]


def compare(request):
    """Two people whom nobody proposed, side by side."""
    merge.check_supervises(request.user)
    form = CompareForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        return redirect(form.pair())
    context = {
        "heading": "Compare two people",
        "button": "Compare",
        "form": form,
        "cancel_url": reverse("offenders:pairs"),
    }
    return TemplateResponse(request, "frame/step.html", context, status=422 if form.errors else 200)


def pair(request, pk):
    """Both people side by side: choose fact by fact, and merge."""
    user = request.user
    try:
        record = find_pair(user, pk)
        if request.method == "POST":
            merge.check_may_merge(record.one, record.other, user)
        form = MergeForm(request.POST if request.method == "POST" else None, pair=record)
        if form.is_valid():
            try:
                done = written(lambda: form.merge(by=user))
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, "The two records are one. Another supervisor is to review it.")
                return redirect(done)
    except TooLate as error:
        messages.error(request, str(error))
        return redirect("offenders:pairs")
    Event.objects.shown("likelypair.view", [record], by=user, subject=record)
    context = {"record": record, "form": form, **side_by_side(record, form, user)}
    return TemplateResponse(request, "offenders/merge/pair.html", context, status=422 if form.errors else 200)


def side_by_side(pair, form, user):
    """For merge/pair.html: every fact of both, as far as the user reads it, and what would move."""
    people = [pair.one, pair.other]
    facts, unknown = [], []
    for name in Offender.FACTS:
        if name not in merge.TOGETHER:
            label = capfirst(Offender._meta.get_field(name).verbose_name)
            asked = form[name].subwidgets if name in form.fields else None
            if asked or any(getattr(person, name) not in UNKNOWN for person in people):
                facts.append((label, asked, [words_of(person, name) for person in people]))
            else:
                unknown.append(label)
    lists = [
        ("Other names", [list(person.aliases.all()) for person in people]),
        ("Numbers", [list(person.identifiers.readable_by(user)) for person in people]),
        ("Addresses", [list(person.addresses.select_related("area")) for person in people]),
        ("Warnings", [list(person.markers.on()) for person in people]),
        ("Who is involved", [[row.sentence for row in _involvements(person)] for person in people]),
    ]
    counts = [dict(merge.preview(person, user)) for person in people]
    kinds = sorted({kind for each in counts for kind in each})
    return {
        "people": people,
        "leads": form["leads"].subwidgets,
        "facts": facts,
        "lists": [(label, sides) for label, sides in lists if any(sides)],
        "unknown": unknown + [label for label, sides in lists if not any(sides)],
        "counts": [(capfirst(kind), [each.get(kind, 0) for each in counts]) for kind in kinds],
        "words": list(duplicates.words(pair, user)),
        "obstacles": list(merge.obstacles(*people)),
        "may_merge": user.has_perm(merge.PERMISSION),
    }


def _involvements(person):
    return person.involvements.live().with_reason()


def different(request, pk):
    """They are two people, and why."""
    merge.check_supervises(request.user)
    record = get_object_or_404(pairs(request.user), pk=pk)
    merge.check_may_merge(record.one, record.other, request.user)
    form = WhyForm(request.POST if request.method == "POST" else None)
    return ask(
        request, form, lambda: merge.say_different(record, by=request.user, reason=form.cleaned_data["reason"]),
        record=record, verb="different", heading="Not the same person", button="They are two people",
        back=reverse("offenders:pairs"), done="The two stay as they are, and are not proposed again.",
        lead=f"{record.one}, {record.one.reference}, and {record.other}, {record.other.reference}.",
        cancel_url=record.get_absolute_url(),
        consequence="They are proposed again only if both come to hold the same number.",
    )  # fmt: skip


# merges


def merges(user):
    """What page and API start from."""
    return Merge.objects.visible_to(user).with_names()


class MergeList(ListPage):
    template_name = "offenders/merge/merges.html"
    permission_required = "offenders.view_merge"
    verb = "merge"
    filterset_class = MergeFilter
    orders = {"newest": ("-at", "-pk")}

    def scope(self):
        return merges(self.request.user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tabs=tabs("merges"), **kwargs)


class MergePage(RecordPage):
    template_name = "offenders/merge/merge.html"
    verb = "merge"

    def scope(self):
        return merges(self.request.user)

    def get_context_data(self, **kwargs):
        done, user = self.object, self.request.user
        may, steps = user.has_perm(merge.PERMISSION) and not done.undone_at, []
        if may and not done.reviewed_at and done.by_id != user.pk:
            steps.append(("Review it: they are one person", reverse("offenders:review_merge", args=[done.pk])))
        if may:
            steps.append(("Un-merge", reverse("offenders:unmerge", args=[done.pk])))
        is_ending = len(steps) == 1
        return super().get_context_data(steps=steps, is_ending=is_ending, **account_of(done, user), **kwargs)


def account_of(done, user):
    """For merge/merge.html: what was chosen, what moved, and what an un-merge leaves, as far as the user reads it."""
    chosen = [
        (capfirst(Offender._meta.get_field(name).verbose_name), getattr(done, whose).reference)
        for name, whose in done.choices.items()
    ]
    added = done.left.get("rows", []) if done.undone_at else merge.added_since(done)
    return {
        "chosen": chosen,
        "moved": list(merge.counted(((table, pk) for table, rows in done.moved.items() for pk, _ in rows), user)),
        "added": list(merge.counted(added, user)),
        "changed": list(changed_since(done)),
    }


def changed_since(done):
    """Facts of the kept person that the merge set and someone amended since, in words: an un-merge leaves them."""
    left = done.left.get("fields") if done.undone_at else Moved(done.moved).changed()
    for table, _, name in left:
        model = apps.get_model(table)
        field = model._meta.get_field(name.removesuffix("_id")) if name else None
        yield capfirst(field.verbose_name if field else model._meta.verbose_name)


def review(request, pk):
    """They are one person: someone else than who merged them says so."""
    merge.check_supervises(request.user)
    done = get_object_or_404(merges(request.user), pk=pk)
    merge.check_reviews(request.user, done)
    form = Form(request.POST if request.method == "POST" else None)
    return ask(
        request, form, lambda: merge.review(done, by=request.user), record=done, verb="review",
        heading="Review a merge", button="They are one person", back=done.get_absolute_url(),
        done="Everyone who is involved sees the one person now.",
        lead=f"{done.kept}, merged by {done.by}: {done.reason}",
        consequence="Until now only those involved with both records saw the person. From now on, those with either. "
        "If they are two people after all, go back and un-merge them.",
    )  # fmt: skip


def unmerge(request, pk):
    """They are two people after all: says what stays with the one kept, asks why, and undoes the merge."""
    merge.check_supervises(request.user)
    done = get_object_or_404(merges(request.user), pk=pk)
    form = WhyForm(request.POST if request.method == "POST" else None)
    stays = [words for words, _ in merge.counted(merge.added_since(done), request.user)] if not done.undone_at else []
    return ask(
        request, form, lambda: merge.unmerge(done, by=request.user, reason=form.cleaned_data["reason"]), record=done,
        verb="unmerge", heading="Un-merge", button="Un-merge", back=done.get_absolute_url(), danger=True,
        done="They are two people again.", lead=f"{done.kept}, merged by {done.by}: {done.reason}",
        answers=[(f"Added since, stays with {done.kept.reference}", "; ".join(stays) or "Nothing"),
                 ("Amended since, stays as it is", "; ".join(changed_since(done)) or "Nothing")],
        consequence="Each record gets back what it had, with its reference and its addresses.",
    )  # fmt: skip
