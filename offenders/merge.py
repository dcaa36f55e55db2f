"""Making two records of one person one, and undoing it: docs/decisions/0009-merge.md says how and why."""

from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from partners.audit.models import Event
from partners.roles import Category

from . import amend, duplicates
from .models import Alias, Consent, Entry, LikelyPair, Merge, NamedUser, Offender, Restriction
from .models.restriction import AT_LEAST, deciders
from .moved import Moved, as_kept
from .retention.models import Hold
from .retention.rules import keep_the_longer
from .search import plain
from .workflow import TooLate

PERMISSION = "offenders.merge_offender"
TOGETHER = {"is_birth_date_about": "date_of_birth"}  # goes where the other goes
STRICTER = {"no_messages"}  # not chosen: where either said so it holds


class Relation(NamedTuple):
    """What becomes of the rows of a table that hang on the person who goes."""

    moves: bool
    why: str = ""  # they stay
    leaves_doubles: bool = False  # a row that the kept person has too stays where it is; else it forbids the merge


MOVES = Relation(True)

# Every table with a key to a person. One that is not here, and has rows, forbids a merge; a test says so sooner.
# A table that moves has the trigger offenders_follow_merge (see migrations/0006_merge.py).
RELATIONS = {
    "offenders.alias.offender": MOVES,
    "offenders.identifier.offender": Relation(True, leaves_doubles=True),
    "offenders.address.offender": MOVES,
    "offenders.marker.offender": MOVES,
    "offenders.involvement.offender": MOVES,
    "offenders.consent.offender": Relation(True, leaves_doubles=True),
    "offenders.entry.offender": MOVES,
    "offenders.note.offender": MOVES,
    "offenders.offender.merged_into": MOVES,
    "offenders.restriction.offender": MOVES,
    "offenders.nameduser.offender": Relation(False, "of two restrictions the stricter one holds: see _restrict"),
    "offenders.emergencyaccess.offender": Relation(False, "looked into as it was opened, of this record"),
    "offenders.amendment.offender": Relation(False, "never changed; they are read under every key of the person"),
    "offenders.likelypair.one": Relation(False, "what was said of this record is remembered for the one kept"),
    "offenders.likelypair.other": Relation(False, "as above"),
    "offenders.merge.kept": Relation(False, "what was merged, it says, and when"),
    "offenders.merge.gone": Relation(False, "as above"),
    "subject_access.subjectrequest.offender": Relation(False, "answered for the record it was asked of, and its whole"),
    "documents.document.offender": MOVES,
    "retention.schedule.offender": Relation(False, "worked out anew; the longer holds: see keep_the_longer"),
    "retention.hold.offender": MOVES,
    "retention.decision.offender": MOVES,
    "referrals.referral.offender": MOVES,
    "referrals.task.offender": MOVES,
    "booking.appointment.offender": MOVES,
    "rehab.case.offender": MOVES,
    "rehab.placement.offender": MOVES,
}


def relations():
    """(name, model, field) of each key to a person that there is."""
    for relation in Offender._meta.related_objects:
        model, field = relation.related_model, relation.field
        yield f"{model._meta.label_lower}.{field.name}", model, field


def _moving(person):
    """(name, rows, field) of what moves with this person."""
    for name, model, field in relations():
        if name in RELATIONS and RELATIONS[name].moves:
            yield name, model._base_manager.filter(**{field.name: person}), field


# before anything changes


def obstacles(kept, gone):
    """Why these two cannot be merged as they are: sentences, none where they can."""
    for name, model, field in relations():
        if name not in RELATIONS and model._base_manager.filter(**{field.name: gone}).exists():
            words = model._meta.verbose_name_plural
            yield f"{gone.reference} has {words} ({name}), and merging does not know what to do with them."
    if Merge.objects.to_review().filter(kept__in=[kept, gone]).exists():
        yield "What was merged into one of these records before is still to be reviewed. That comes first."
    if Restriction.objects.open().filter(offender__in=[kept, gone]).exists():
        yield "Something is proposed about who may see one of these people. That is to be decided first."
    if len(_deciders(kept, gone)) < AT_LEAST:
        yield "Those whom both restrictions let through must be at least two who can decide on this. Name them first."
    sentences = {}
    for name, rows, field in _moving(gone):
        if not RELATIONS[name].leaves_doubles:
            sentences |= {sentence: None for row in rows for sentence in _clash(row, field, kept)}
    yield from (f"{sentence} Both records have one; put that right first." for sentence in sentences)


def _deciders(kept, gone):
    """Who could decide on the restriction of the one person that these would be: to review a merge takes another."""
    restricted = [person for person in (kept, gone) if person.is_restricted]
    names = [set(person.named_users.on().values_list("user", flat=True)) for person in restricted]
    if not names:
        return range(AT_LEAST)
    able = [{hat.user_id for hat in deciders(person, set.intersection(*names))} for person in (kept, gone)]
    return set.intersection(*able)


def differing(one, other):
    """The facts of which the two say different things, by themselves or in what goes where they go."""
    asked = [name for name in Offender.FACTS if name not in STRICTER]
    apart = [name for name in asked if getattr(one, name) != getattr(other, name)]
    return list(dict.fromkeys(TOGETHER.get(name, name) for name in apart))


def _clash(row, field, kept):
    """What the constraints of its table say to this row as the kept person's."""
    setattr(row, field.name, kept)
    for constraint in row._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint):
            try:
                constraint.validate(type(row), row)
            except ValidationError as error:
                yield from error.messages


def _read_by(user, model):
    """The rows of this table that the user reads; of facts about a person that have no scope, all."""
    rows = model.objects.all()
    if hasattr(rows, "visible_to"):
        return rows.visible_to(user)
    return rows.readable_by(user) if hasattr(rows, "readable_by") else rows


def preview(person, user):
    """What would move with this person, as far as the user reads it: (kind of record, how many)."""
    for _, rows, _ in _moving(person):
        if count := _read_by(user, rows.model).filter(pk__in=rows.values("pk")).count():
            yield rows.model._meta.verbose_name_plural, count


def counted(rows, user):
    """Rows given as (table, key), as far as the user reads them: (how many of what, what they are)."""
    tables = {}
    for table, pk in rows:
        tables.setdefault(table, set()).add(pk)
    for table, keys in tables.items():
        model = apps.get_model(table)
        if model is Offender:  # the two themselves, and whoever was merged into one before
            continue
        if found := list(_read_by(user, model).filter(pk__in=keys)):
            kind = model._meta.verbose_name if len(found) == 1 else model._meta.verbose_name_plural
            yield f"{len(found)} {kind}", found


# merging


def lock(*people):
    """Both, in the order of their keys, as they are once nobody else changes them."""
    keys = [person.pk for person in people]
    locked = {row.pk: row for row in Offender.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    return [locked[key] for key in keys]


@transaction.atomic
def merge(kept, gone, *, choices, by, reason):
    """Make `gone` part of `kept`: everything moves, its reference and addresses lead to the kept one. Returns Merge.

    `choices` is {fact: "kept" or "gone"}; what is not in it is the kept person's. Raises PermissionDenied, TooLate,
    or ValidationError with why not; nothing has changed then.
    """
    kept, gone = lock(kept, gone)
    if kept == gone:
        raise ValidationError("Choose two different records.")
    check_may_merge(kept, gone, by)
    if why_not := list(obstacles(kept, gone)):
        raise ValidationError(why_not)
    if not reason.strip():
        raise ValidationError({"reason": "Say why these are one person."})
    own = {rows.model._meta.label_lower: list(map(str, rows.values_list("pk", flat=True)))
           for _, rows, _ in _moving(kept)}  # fmt: skip
    choices = {name: choices.get(name, "kept") for name in differing(kept, gone)}
    done = Merge.objects.create(kept=kept, gone=gone, choices=choices, own=own, by=by, reason=reason)
    moved = Moved()
    _restrict(kept, gone, moved)
    _keep_the_stricter_answer(kept, gone, moved)
    for name, rows, field in _moving(gone):
        if RELATIONS[name].leaves_doubles:
            rows = rows.filter(pk__in=[row.pk for row in rows if not list(_clash(row, field, kept))])
        brought = {"merge_id": done.pk} if name == "offenders.involvement.offender" else {}
        moved.set(rows, **{field.attname: kept.pk}, **brought)
    _choose(kept, gone, choices, moved, done)
    keep_the_longer(kept, gone, moved)
    moved.set(Offender.objects.filter(pk=gone.pk), merged_into_id=kept.pk)
    done.moved = moved.rows
    done.save(update_fields=["moved"])
    _decide_pair(kept, gone, LikelyPair.State.MERGED, by=by, reason=reason)
    counts = {table: len(rows) for table, rows in moved.rows.items()}
    Event.objects.record(
        Event.Kind.COMBINATION, "offender.merge", by=by, subject=kept, offenders=[kept.pk, gone.pk], reason=reason,
        merge=str(done.pk), rows=counts,
    )  # fmt: skip
    _tell(kept, "Another record of this person was merged into this one", by=by)
    duplicates.find([kept.pk])
    return done


def check_supervises(user):
    """Raise PermissionDenied for who merges nobody."""
    if not user.has_perm(PERMISSION):
        raise PermissionDenied("Merging is for supervisors.")


def check_reviews(user, done):
    """Raise PermissionDenied for who made this merge."""
    if done.by_id == user.pk:
        raise PermissionDenied("Someone else than who merged them reviews it.")


def check_may_merge(kept, gone, by):
    """Raise PermissionDenied for who merges nobody, or does not work with both: an emergency only shows."""
    check_supervises(by)
    seen = set(Offender.objects.worked_by(by).filter(pk__in=[kept.pk, gone.pk]).values_list("pk", flat=True))
    if seen == {kept.pk, gone.pk}:
        return
    if {kept.merged_into_id, gone.merged_into_id} & seen:
        raise TooLate("These two records were merged already.")
    raise PermissionDenied("You may merge two people only where you see both.")


def _restrict(kept, gone, moved):
    """Restricted where either was, to those whom both let through; whom one of them does not is named for neither."""
    if not gone.is_restricted:
        return
    names, theirs = NamedUser.objects.filter(offender=kept).on(), NamedUser.objects.filter(offender=gone).on()
    if kept.is_restricted:
        moved.set(names.exclude(user__in=list(theirs.values_list("user", flat=True))), offender_id=gone.pk)
        return
    left = list(names.values_list("pk", flat=True))  # of a restriction that ended: it must not open this one
    moved.set(theirs, offender_id=kept.pk)
    moved.set(NamedUser.objects.filter(pk__in=left), offender_id=gone.pk)
    moved.set(Offender.objects.filter(pk=kept.pk), is_restricted=True)


def _keep_the_stricter_answer(kept, gone, moved):
    """A yes on one record does not stand against a no on the other, said last of the same: refused or taken back."""
    for one, other in ((kept, gone), (gone, kept)):
        for consent in one.consents.standing().given():
            last = other.consents.filter(purpose=consent.purpose, agency=consent.agency_id).first()
            if last and not (last.stands and last.is_given):
                moved.set(one.consents.filter(pk=consent.pk), ended_at=timezone.now())


def _choose(kept, gone, choices, moved, done):
    """Give the kept person the facts chosen of the other's, and keep the names that were not chosen."""
    before = {name: getattr(kept, name) for name in Offender.FACTS}
    names = [(person.given_names, person.family_name) for person in (kept, gone)]
    taken = [name for name in Offender.FACTS if choices.get(TOGETHER.get(name, name)) == "gone"]
    taken += [name for name in STRICTER if getattr(gone, name)]
    standing = {name: how for name, how in kept.standing.items() if name not in taken}
    standing |= {name: how for name, how in gone.standing.items() if name in taken}
    facts = {name: getattr(gone, name) for name in taken if getattr(gone, name) != before[name]}
    for name, value in facts.items():
        setattr(kept, name, value)
    kept.validate_constraints()
    if standing != kept.standing:
        facts["standing"] = standing
    if facts:
        changed = moved.set(Offender.objects.filter(pk=kept.pk), **facts)
        _amended(kept, changed, by=done.by, reason=f"Merged with {gone.reference}: {done.reason}", merge=done)
    known = {plain(f"{alias.given_names} {alias.family_name}") for alias in kept.aliases.all()} | {plain(str(kept))}
    for given, family in names:
        if plain(f"{given} {family}") not in known:
            known.add(plain(f"{given} {family}"))
            moved.made(Alias.objects.create(offender=kept, given_names=given, family_name=family))


def _amended(person, changed, *, by, reason, merge):
    if changed := {name: both for name, both in changed.items() if name in Offender.FACTS}:
        amend.record(person, changed, by=by, reason=reason, merge=merge)


def _decide_pair(kept, gone, state, *, by, reason):
    pair = duplicates.pair_of(kept, gone)
    pair.state, pair.reason, pair.decided_by, pair.decided_at = state, reason, by, timezone.now()
    pair.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _tell(person, sentence, *, by):
    """A line without reference and reason: after an un-merge, who reads it may have no business with the other."""
    Entry.write(person.pk, sentence, by=by, category=Category.IDENTITY, matters=person.matters)


@transaction.atomic
def say_different(pair, *, by, reason):
    """These are two people: the pair is not proposed again, unless both come to hold the same number."""
    one, other = lock(pair.one, pair.other)
    check_may_merge(one, other, by)
    duplicates.find([one.pk, other.pk])  # what both hold today is no news tomorrow
    pair.refresh_from_db()
    if pair.state != LikelyPair.State.OPEN:
        raise TooLate("Someone decided on these two already.")
    _decide_pair(one, other, LikelyPair.State.DIFFERENT, by=by, reason=reason)
    Event.objects.record(
        Event.Kind.ALTERATION, "likelypair.different", by=by, subject=pair, offenders=pair.offender_ids, reason=reason
    )
    pair.refresh_from_db()
    return pair


# afterwards


@transaction.atomic
def review(done, *, by):
    """A second person has looked at the merge: from now on all who are involved see the one person."""
    done = _standing(done, by)
    check_reviews(by, done)
    if done.reviewed_at:
        raise TooLate("This merge was reviewed already.")
    done.reviewed_by, done.reviewed_at, done.moved = by, timezone.now(), _last_word(done)
    done.save(update_fields=["reviewed_by", "reviewed_at", "moved"])
    Event.objects.record(
        Event.Kind.ALTERATION, "merge.review", by=by, subject=done, offenders=done.offender_ids, merge=str(done.pk)
    )
    return done


def _last_word(done):
    """Where both records hold an answer about one consent, the later one holds. Returns what moved."""
    moved, answers = Moved(done.moved), Consent.objects.standing()
    for said in answers.filter(offender=done.gone):
        other = answers.filter(offender=done.kept, purpose=said.purpose, agency=said.agency)
        if other.filter(answered_on__lt=said.answered_on).exists():
            moved.set(other, ended_at=timezone.now())
            moved.set(Consent.objects.filter(pk=said.pk), offender_id=done.kept_id)
    return moved.rows


def _standing(done, by):
    """The merge, its people locked and then it; raises where it is not theirs or does not stand any more."""
    check_supervises(by)
    lock(done.kept, done.gone)
    done = Merge.objects.with_names().get(pk=done.pk)
    theirs = Merge.objects.visible_to(by).filter(kept__in=Offender.objects.worked_by(by).values("pk"))
    if not theirs.filter(pk=done.pk).exists():
        raise PermissionDenied("You may not decide on this merge.")
    if done.undone_at:
        raise TooLate("This merge was undone already.")
    return done


@transaction.atomic
def unmerge(done, *, by, reason):
    """Give each its own again, as before the merge; `left` of the result says what was changed or added since.

    Raises PermissionDenied, TooLate or ValidationError; nothing has changed then.
    """
    done = _standing(done, by)
    kept, gone = done.kept, done.gone
    if Merge.objects.standing().filter(Q(kept=kept) | Q(gone=kept), at__gt=done.at).exists():
        raise ValidationError("Another record was merged with this one since. Un-merge that one first.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why they are not one person."})
    decided = Restriction.objects.filter(offender=kept, status=Restriction.Status.AGREED, decided_at__gt=done.at)
    named = set(kept.named_users.on().values_list("user", flat=True)) if decided.exists() else None
    _keep_what_was_said_since(done)
    done.left = {"rows": added_since(done), "fields": Moved(done.moved).put_back()}
    done.undone_by, done.undone_at, done.undone_reason = by, timezone.now(), reason
    done.save(update_fields=["left", "undone_by", "undone_at", "undone_reason"])
    kept.refresh_from_db()
    gone.refresh_from_db()
    put_back = {
        name: [after, before]
        for name, (before, after) in Moved(done.moved).of(kept).items()
        if as_kept(getattr(kept, name)) == before
    }
    _amended(kept, put_back, by=by, reason=f"Un-merged from {gone.reference}: {reason}", merge=done)
    if named is not None:
        _restrict_both(kept, gone, named, by=by)
    Hold.hold_both(kept, gone, by=by)
    duplicates.find([kept.pk, gone.pk])
    _decide_pair(kept, gone, LikelyPair.State.DIFFERENT, by=by, reason=reason)
    Event.objects.record(
        Event.Kind.COMBINATION, "offender.unmerge", by=by, subject=kept, offenders=[kept.pk, gone.pk], reason=reason,
        merge=str(done.pk), **({} if named is None else {"named": sorted(map(str, named))}),
    )  # fmt: skip
    for person in (kept, gone):
        _tell(person, "A merge of this record with another was undone: they are two people", by=by)
    return done


def _keep_what_was_said_since(done):
    """What the person answered or took back since the merge was of both records: nothing said earlier comes back."""
    ended = [pk for pk, changes in done.moved.get("offenders.consent", []) if changes and "ended_at" in changes]
    since = Q(recorded_at__gt=done.at) | Q(withdrawn_by__isnull=False, ended_at__gt=done.at)
    for said in done.kept.consents.filter(since):
        same = Consent.objects.filter(purpose=said.purpose, agency=said.agency)
        stale = same.filter(pk__in=ended)
        if not same.standing().given().filter(offender=done.kept).exists():
            stale |= same.standing().given().filter(offender=done.gone)
        stale.update(ended_at=timezone.now())


def _restrict_both(kept, gone, named, *, by):
    """What two people decided about who may see the one person was about both: one alone does not undo it."""
    for person in (kept, gone):
        if named and len({hat.user_id for hat in deciders(person, named)}) < AT_LEAST:
            raise ValidationError(
                "This person is restricted. Of those named, two must be able to decide on each of the two records. "
                "Name them first."
            )
        Restriction.let_through(person, named, by=by)


def added_since(done):
    """What was added to the kept person since the merge: [[table, key], …]. It stays with them."""
    moved = {(table, pk) for table, rows in done.moved.items() for pk, _ in rows}
    return [
        [table, str(pk)]
        for _, rows, _ in _moving(done.kept)
        for table in [rows.model._meta.label_lower]
        for pk in rows.order_by("pk").values_list("pk", flat=True)
        if str(pk) not in done.own.get(table, []) and (table, str(pk)) not in moved
    ]
