"""What messages (partners.notices) ask about people: who sees them, who is sent none, who wants no more."""

from django.db import transaction

from partners.audit.models import Event

from .models import Involvement, Offender


def matters_of(user):
    """The matters of which this user sees what messages were sent: those of their team, about people they see."""
    people = Offender.objects.visible_to(user).values("pk")
    return Involvement.objects.open_to(user).filter(offender__in=people).values("matter")


def why_not(ids):
    """Why these people are sent no message, in a sentence; "" where they are."""
    for person in _people(ids):
        if person.deceased_on:
            return "The person has died."
        if person.no_messages:
            return "They asked for no messages."
    return ""


@transaction.atomic
def stop(ids):
    """They asked for no more messages, by the address that came with one: nobody was signed in."""
    list(Offender.objects.select_for_update().filter(pk__in=ids))  # whoever is being merged has been, after this
    for person in _people(ids).select_for_update().filter(no_messages=False):
        person.no_messages = True
        person.save(update_fields=["no_messages"])
        Event.objects.record(
            Event.Kind.ALTERATION, "offender.stop_messages", by=None, subject=person, offenders=[person.pk]
        )


def _people(ids):
    """These, or those into whom they were merged."""
    rows = Offender.objects.filter(pk__in=ids).values_list("pk", "merged_into")
    return Offender.objects.filter(pk__in=[kept or pk for pk, kept in rows])
