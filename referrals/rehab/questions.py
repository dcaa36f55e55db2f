"""What an assessment asks, section by section, and which agency's part each section is.

The words are kept with each assessment as they were asked that day: change them here whenever better ones are found.
"""

from typing import NamedTuple

from django.db.models import TextChoices


class Part(TextChoices):
    """How much of an assessment one agency does."""

    WHOLE = "whole", "All of it"
    OFFENDING = "offending", "Offending"
    TREATMENT = "treatment", "Treatment and health"


class Question(NamedTuple):
    """What is asked, and what to write in the box and leave out of it."""

    text: str
    hint: str = ""


class Section(NamedTuple):
    """What is asked on one page."""

    title: str
    part: str  # whose, where two agencies do a part each
    names: tuple  # of fields of the assessment


QUESTIONS = {
    "substances": Question("What do they take, and what does it cost a day?"),
    "funded_by": Question("How is it paid for?", "Choose all that apply; none if it is not known."),
    "offending": Question(
        "What offending pays for it?", "What, how often, and since when, as they tell it. Leave out intelligence."
    ),
    "orders": Question("Which bail conditions or court orders hold?", "Conditions and dates. Leave out intelligence."),
    "risks": Question(
        "What must those who work with them know to be safe?",
        "To themselves, to staff, to other residents. Warning markers are kept on the page of the person.",
    ),
    "housing": Question("Where do they live?", "Where they sleep, and whether they can go back to it."),
    "family": Question("Who matters to them?", "And children they care for. Leave out names of children."),
    "treatment_history": Question("What treatment have they had before now?", "Where, when, and what came of it."),
    "prescribing": Question("What is prescribed now?", "What, how much, and by whom. “Not known” is an answer."),
    "motivation": Question("What do they want, and why now?", "In their own words where you can."),
    "health": Question(
        "How is their health?", "What a rehab or a worker must know. Leave out what does not bear on that."
    ),
    "drinking": Question(
        "How much do they drink?",
        "How much, how often, and what happens when they stop: shakes, fits. Stopping suddenly can kill.",
    ),
}

SECTIONS = {
    "substances": Section("What they take", Part.OFFENDING, ("substances", "funded_by")),
    "offending": Section("Offending", Part.OFFENDING, ("offending", "orders", "risks")),
    "life": Section("How life stands", Part.OFFENDING, ("housing", "family")),
    "treatment": Section("Treatment", Part.TREATMENT, ("treatment_history", "prescribing", "motivation")),
    "health": Section("Health and alcohol", Part.TREATMENT, ("health", "drinking")),
}


def sections_of(part):
    """{name: Section} of this part, in the order they are asked."""
    return {name: section for name, section in SECTIONS.items() if part in (Part.WHOLE, section.part)}


def names_of(part):
    """The fields of an assessment that this part asks for."""
    return [name for section in sections_of(part).values() for name in section.names]
