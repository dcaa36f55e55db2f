"""The life of a throughcare plan, of its domains, of its actions and of the links sent out with them."""

from django.db.models import TextChoices

from offenders.workflow import Step
from partners.roles import Category
from referrals.workflow import Todo


class Domain(TextChoices):
    """The parts of a life that a plan covers."""

    HOUSING = "housing", "Housing"
    TREATMENT = "treatment", "Treatment and prescribing"
    RECOVERY = "recovery", "Recovery support"
    HEALTH = "health", "Health"
    BENEFITS = "benefits", "Benefits and identity papers"
    FAMILY = "family", "Family"
    WORK = "work", "Work and training"
    PROBATION = "probation", "Probation and court"
    SAFETY = "safety", "Safety"


HEALTH = (Domain.TREATMENT, Domain.HEALTH)


def category_of(domain):
    """What kind of information the words of this domain are."""
    return Category.HEALTH if domain in HEALTH else Category.GENERAL


class PlanState(TextChoices):
    OPEN = "open", "Open"
    FINISHED = "finished", "Finished"


class DomainState(TextChoices):
    TO_PLAN = "to_plan", "To plan"
    PLANNED = "planned", "Planned"
    NOT_NEEDED = "not_needed", "Nothing needed"


class LinkState(TextChoices):
    SENT = "sent", "Sent"
    ANSWERED = "answered", "Answered"
    REVOKED = "revoked", "Withdrawn"


TEAM = ("held_by",)
ANY_DOMAIN, ANSWERED = frozenset(DomainState), frozenset({Todo.DONE, Todo.NOT_DONE})

PLAN_STEPS = {
    "finish": Step(
        frozenset({PlanState.OPEN}), PlanState.FINISHED, TEAM, "Finish the plan", "Throughcare plan finished"
    ),
    "reopen": Step(
        frozenset({PlanState.FINISHED}),
        PlanState.OPEN,
        TEAM,
        "Reopen the plan",
        "Throughcare plan reopened",
        category=Category.GENERAL,
    ),
}
DOMAIN_STEPS = {
    "lead": Step(ANY_DOMAIN, DomainState.PLANNED, ("held_by", "led_by"), "Say who leads it", "Lead set"),
    "set_aside": Step(
        ANY_DOMAIN - {DomainState.NOT_NEEDED}, DomainState.NOT_NEEDED, TEAM, "Nothing is needed", "Nothing needed"
    ),
}
ACTION_STEPS = {
    "do": Step(frozenset({Todo.OPEN}), Todo.DONE, ("held_by", "given_to"), "It is done", "Action done"),
    "drop": Step(
        frozenset({Todo.OPEN}), Todo.NOT_DONE, ("held_by", "given_to"), "It will not be done",
        "Action not done",
    ),
    "reopen": Step(ANSWERED, Todo.OPEN, TEAM, "Open it again", "Action opened again"),
}  # fmt: skip
LINK_STEPS = {
    "answer": Step(frozenset({LinkState.SENT}), LinkState.ANSWERED, TEAM, "Answer", "Link answered", by_hand=False),
    "revoke": Step(frozenset({LinkState.SENT}), LinkState.REVOKED, TEAM, "Withdraw the link", "Link withdrawn"),
}
