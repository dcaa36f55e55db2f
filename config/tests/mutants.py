"""Every defence of access, found in the code, and what the site is without it.

A defence has a name, kind first:

    scope Case.visible_to              the queryset method returns every row it was asked of
    scope Case.visible_to: offender    the same, without that one of its conditions
    permission rehab.close_case        every hat holds it
    category health                    every hat reads it
    consent                            what needs the person's consent is read without
    side Case.close                    a step is anyone's who sees the record and holds the permission
    door Caseload                      the view, middleware or permission class lets everyone through
    record case.view (consultation)    no event of this verb is written

`in_place` puts a guard around each; while `taken_away` names one, that guard does nothing. `ASKED` has the names of
those that had something to keep back (or to write) since it was last cleared.
"""

import ast
import functools
import inspect
import itertools
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from django.apps import apps
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Q, QuerySet, Value
from django.db.models.lookups import Lookup
from django.utils.module_loading import import_string
from django.utils.tree import Node
from rest_framework.exceptions import APIException

from offenders.workflow import Stepped
from partners.audit.models import Event, EventQuerySet
from partners.frame.api import Permitted
from partners.models import Agency, User
from partners.roles import ROLES, Category

# those that nothing can notice, and why; a run says if that is no longer so
EQUIVALENT = {
    "category identity": "Every role that sees a person reads it, and the others see no row of anyone.",
    **dict.fromkeys(
        ["permission rehab.view_allocation", "permission rehab.view_payment"],
        "It is asked on the back office's page of a case, of a sum alone, which only a role that holds it opens.",
    ),
    **dict.fromkeys(
        [f"permission documents.{verb}_document" for verb in ("clear", "refuse")],
        "The scanner takes these steps: they are of no side, so who held the permission could not take them.",
    ),
    "permission offenders.amend_note": "Every role that reads notes holds it, and one not read cannot be amended.",
    "permission offenders.view_amendment": "Every role that sees a person holds it, and the others see none of theirs.",
    **dict.fromkeys(
        [
            f"scope {scope}: agency"
            for scope in (
                "Appointment.given_by",
                "Case.held_by",
                "Case.amendable_by",
                "Cover.of_team",
                "Cover.visible_to",
                "Sample.visible_to",
            )
        ],
        "It is asked beside the unit alone, of a hat of one, and a unit is of one agency: it says as much.",
    ),
    **dict.fromkeys(
        ["scope Case.amendable_by: exists Involvement", "scope Referral.amendable_by: referred_by, status"],
        "It says that they see it, and whoever holds the case or sent the referral does.",
    ),
    **dict.fromkeys(
        [
            f"scope {scope}"
            for scope in (
                "Assessment.amendable_by: agency, id",
                "Consent.amendable_by: by_agency, id",
                "FollowUpAttempt.amendable_by: agency, id",
                "Intervention.amendable_by: agency, id",
                "Note.amendable_by: category",
                "Document.amendable_by: category",
                "Document.removable_by: category",
            )
        ],
        "It says what an agreement covers, and what is amended is of one's own agency, which needs none.",
    ),
    "scope FollowUp.amendable_by: done_on": "One not done yet names no agency, and what is amended is of one's own.",
    "scope Referral.overseen_by: id": "To ask whether it has a resolution joins the two, and so keeps those that do.",
    "scope Assessment.amendable_by: exists Consent": "Who may assess reads of health what their own agency wrote.",
    "scope Consent.amendable_by: agency, by_agency": "Of the answers that one's own agency recorded, it keeps all.",
    **dict.fromkeys(
        [
            "side Overspend.withdraw",
            *(f"side Funding.{verb}" for verb in ("agree", "put_up", "refuse", "withdraw", "pay")),
        ],
        "Money is seen by the team that holds the case, and by nobody else.",
    ),
    **dict.fromkeys(
        [f"side Deadline.{verb}" for verb in ("pause", "resume", "meet", "drop", "reopen", "move")],
        "A deadline is seen by the team that has to meet it, and by nobody else.",
    ),
    "side Review.leave": "A review is seen by the team that holds the case, and by nobody else.",
    **dict.fromkeys(
        [f"side Cover.{verb}" for verb in ("end", "cancel")],
        "Who covers whom is seen by the team whose it is, and by nobody else.",
    ),
    **dict.fromkeys(
        [f"side Alert.{verb}" for verb in ("clear", "pass_on")],
        "The alert of one's own reading is not seen at all.",
    ),
    **dict.fromkeys(
        [f"side SubjectRequest.{verb}" for verb in ("identify", "compile", "compiled", "send", "refuse")],
        "A request is seen by the agency that was asked, and by nobody else.",
    ),
    **dict.fromkeys(
        [f"side Preparation.{verb}" for verb in ("begin", "complete", "leave", "cancel")],
        "Who sees a preparation holds the case or shares it, and both sides take its steps.",
    ),
    **dict.fromkeys(
        [
            f"scope {scope}: exists Consent"
            for scope in (
                "Consent.visible_to",
                "Consent.amendable_by",
                "Progress.visible_to",
            )
        ],
        "It asks for general notes, and every role that reads consents, or sees stays, reads those.",
    ),
}

ROOT = Path(settings.BASE_DIR)
OURS = {path.parent.name for path in ROOT.glob("*/__init__.py")}
WRITERS = {"Event.objects.record": 1, "Event.objects.shown": 0}  # and which of their arguments is the verb
ASKED = set()
_gone = None
_lifted = 0  # how deep we are in a method that is to count everything


def stands(name):
    """Whether this defence is in place."""
    ASKED.add(name)
    return name != _gone


@contextmanager
def taken_away(name):
    """The site without this defence."""
    global _gone
    before, _gone = _gone, name
    try:
        yield
    finally:
        _gone = before


def found():
    """The names of the defences that the code declares. Conditions and verbs are known once something asked them."""
    permissions = sorted(set().union(*(role.permissions for role in ROLES.values())))
    yield from (f"permission {permission}" for permission in permissions)
    yield from (f"category {category}" for category in Category)
    yield "consent"
    yield "scope User.mine"
    yield from (f"scope {model.__name__}.{method}" for model, method in scopes())
    yield from (f"side {model.__name__}.{verb}" for model in stepped() for verb in model.STEPS)
    yield from (f"door {door.__name__}" for door in (*middleware(), *api_doors()))


def unreached(asked):
    """Lines that write an event, and were reached by no test."""
    reached = [name.removeprefix("line ").rpartition(":") for name in asked if name.startswith("line ")]
    for name, where, first, last in lines_of_the_record():
        if not any(file == str(where) and first <= int(line) <= last for file, _, line in reached):
            yield name


# where they are


def models():
    return [model for model in apps.get_models() if is_ours(model.__module__)]


def is_ours(module):
    return module.partition(".")[0] in OURS


def stepped():
    return [model for model in models() if issubclass(model, Stepped)]


def scopes():
    """(model, method) of each queryset method that asks for whom, or on what days what concerns someone holds."""
    sides = {side for model in stepped() for step in model.STEPS.values() for side in step.whose}
    for model in models():
        concerns = {field.related_model for field in model._meta.get_fields() if not field.auto_created}
        for name, method in inspect.getmembers(model._default_manager._queryset_class, inspect.isfunction):
            if not is_ours(method.__module__):
                continue
            asks = {one.name for one in inspect.signature(method).parameters.values() if one.kind != one.KEYWORD_ONLY}
            if (
                {"user", "agency"} & asks
                or name in sides
                or ("by" in inspect.signature(method).parameters and name.startswith("with"))
                or (name in {"on", "live"} and {User, Agency} & concerns)
            ):
                yield model, name


def middleware():
    kinds = [import_string(path) for path in settings.MIDDLEWARE]
    return [kind for kind in kinds if hasattr(kind, "process_view")]


def api_doors():
    return [import_string(path) for path in settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"]]


def lines_of_the_record():
    """(name, file, first line, last line) of each place in the code that writes an event."""
    for path in sorted(ROOT.glob("*/**/*.py")):
        where = path.relative_to(ROOT)
        if {"tests", "seeds", "node_modules"} & set(where.parts) or where.parts[0].startswith("."):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
                verb = node.args[WRITERS[ast.unparse(node.func)]]
                yield f"line {where}: {ast.unparse(verb)}", where, node.lineno, node.end_lineno


# the guards


@contextmanager
def in_place():
    """Every defence with a guard around it."""
    with ExitStack() as stack:

        def guard(owner, attribute, make, *words):
            stack.enter_context(mock.patch.object(owner, attribute, make(getattr(owner, attribute), *words)))

        known = set(scopes())
        for owner, name in {(_owner(model, name), name) for model, name in known}:
            guard(owner, name, _scope, known)
        guard(EventQuerySet, "record", _record)
        guard(User, "mine", _mine)
        guard(User, "has_perm", _has_perm)
        guard(User, "has_perms", lambda old: lambda self, asked, obj=None: all(self.has_perm(one) for one in asked))
        guard(User, "has_module_perms", _has_module_perms)
        guard(User, "categories", _categories)
        guard(Stepped, "may", _may)
        guard(PermissionRequiredMixin, "has_permission", _lets_in)
        guard(Permitted, "check_permissions", _raises)
        for kind in middleware():
            guard(kind, "process_view", _lets_pass, f"door {kind.__name__}")
        for kind in api_doors():
            guard(kind, "has_permission", _lets_in)
        yield


def _owner(model, name):
    return next(kind for kind in model._default_manager._queryset_class.__mro__ if name in vars(kind))


def _scope(old, known):
    @functools.wraps(old)
    def scope(self, *args, **kwargs):
        global _lifted
        if (self.model, old.__name__) not in known:
            return old(self, *args, **kwargs)
        name = f"scope {self.model.__name__}.{old.__name__}"
        tells = old.__name__.startswith("with_") or "by" in inspect.signature(old).parameters
        if _lifted and not tells:
            return self.all()
        if tells and name == _gone:
            _lifted += 1
        try:
            rows = old(self, *args, **kwargs)
        finally:
            _lifted -= tells and name == _gone
        if not isinstance(rows, QuerySet):
            return rows if stands(name) else _anything(self, rows)
        if tells:
            return rows if stands(name) else _with_leave(self, rows)
        if not stands(name):
            return self.none() if old.__name__.startswith("withheld") else self.all()
        return _without_condition(self, rows, name)

    return scope


def _anything(before, answer):
    """What a scope that answers with no queryset would say if it asked nothing: yes, all in each part, or any row."""
    if isinstance(answer, bool):
        return True
    return tuple(before.all() for _ in answer) if isinstance(answer, tuple) else before.first()


def _with_leave(before, rows):
    """Rows that say of themselves what a user may: whatever they say is yes."""
    new = set(rows.query.annotations) - set(before.query.annotations)
    yes = {one for one in new if isinstance(rows.query.annotations[one].output_field, BooleanField)}
    return rows.annotate(**dict.fromkeys(yes, Value(True)))


def _without_condition(before, rows, name):
    """The rows, less the one condition that is taken away, if it is one of those that were added to them."""
    first, where = len(before.query.where.children), rows.query.where
    if len(where.children) - first < 2 or where.connector != "AND" or rows.query.is_empty():
        return rows
    stay = [
        n < first or _is_always_true(one) or stands(f"{name}: {_words(one)}") for n, one in enumerate(where.children)
    ]
    if all(stay):
        return rows
    rows = rows.all()
    rows.query.where.children = list(itertools.compress(rows.query.where.children, stay))
    return rows


def _is_always_true(condition):
    """Whether it says that a row is none of none: so a query writes "all of them"."""
    parts = getattr(condition, "children", [])
    return getattr(condition, "negated", False) and len(parts) == 1 and getattr(parts[0], "rhs", None) == []


def _words(condition):
    """What a condition asks about, in few words: the same on every day, and for those with a unit and without."""
    fields = set(_fields(condition))
    telling = {field for field in fields if not field.endswith(("agency", "unit", "id"))}
    return f"{'not ' if getattr(condition, 'negated', False) else ''}{', '.join(sorted(telling or fields))}"


def _fields(condition):
    query, target = getattr(condition, "query", None), getattr(condition, "target", None)
    if query or target:
        yield f"exists {query.model.__name__}" if query else target.name
    for part in condition.children if isinstance(condition, Node) else _parts(condition):
        yield from _fields(part)


def _parts(expression):
    """What an expression is made of, but for what it is compared with."""
    if isinstance(expression, Lookup):
        return [expression.lhs]
    return [] if hasattr(expression, "query") else filter(None, expression.get_source_expressions())


def _mine(old):
    def mine(self, prefix=""):
        return old(self, prefix) if stands("scope User.mine") else Q(pk__isnull=False)

    return mine


def _has_perm(old):
    def has_perm(self, permission, obj=None):
        holds = old(self, permission)
        if holds or not (self.is_active and self.membership):
            return holds
        return not stands(f"permission {permission}")

    return has_perm


def _has_module_perms(old):
    def has_module_perms(self, app_label):
        return old(self, app_label) or (bool(self.permissions) and f"{_gone}".startswith(f"permission {app_label}."))

    return has_module_perms


def _categories(old):
    def categories(self):
        reads = old.fget(self)
        if not self.permissions:
            return reads
        more = {one for one in Category if one not in reads and not stands(f"category {one}")}
        if self.with_consent - reads and not stands("consent"):
            more |= self.with_consent
        return reads | more

    return property(categories)


def _may(old):
    def may(self, user, verb):
        if old(self, user, verb):
            return True
        name = f"side {type(self).__name__}.{verb}"
        if not user.has_perm(self.permission(verb)) or stands(name):
            return False
        return type(self).objects.filter(pk=self.pk).visible_to(user).exists()

    return may


def _lets_in(old):
    def has_permission(self, *args):
        return old(self, *args) or not stands(f"door {type(self).__name__}")

    return has_permission


def _raises(old):
    def check_permissions(self, request):
        try:
            old(self, request)
        except (PermissionDenied, APIException):
            if stands(f"door {type(self).__name__}"):
                raise

    return check_permissions


def _lets_pass(old, name):
    def process_view(self, *args):
        answer = old(self, *args)
        return answer if answer is None or stands(name) else None

    return process_view


def _record(old):
    @functools.wraps(old)
    def record(self, kind, verb, **fields):
        frame = sys._getframe(1)
        while not is_ours(frame.f_globals["__name__"]) or frame.f_globals["__name__"] == EventQuerySet.__module__:
            frame = frame.f_back
        if ".tests." in frame.f_globals["__name__"]:  # a test's own event
            return old(self, kind, verb, **fields)
        ASKED.add(f"line {Path(frame.f_code.co_filename).relative_to(ROOT)}:{frame.f_lineno}")
        if stands(f"record {verb} ({kind})"):
            return old(self, kind, verb, **fields)
        return Event(kind=kind, verb=verb, by=fields["by"])

    return record
