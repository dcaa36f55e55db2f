from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from offenders.workflow import Stepped
from partners.roles import ROLES

PATH = Path("docs") / "workflows.md"


class Command(BaseCommand):
    help = "Write docs/workflows.md from the tables of steps; with --check, only say whether it is up to date."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing; fail when the file is stale")
        parser.add_argument("--print", action="store_true", help="print it instead")

    def handle(self, *, check, **options):
        text, path = document(), Path(settings.BASE_DIR) / PATH
        if options["print"]:
            self.stdout.write(text, ending="")
        elif check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError(f"{PATH} is not what the tables of steps say. Run ./dev manage workflow.")
            self.stdout.write(f"{PATH} is up to date.")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {PATH}.")


def document():
    """Every model that moves by steps: a diagram, and a table of its steps."""
    models = sorted((m for m in apps.get_models() if issubclass(m, Stepped)), key=lambda m: m._meta.label)
    head = "# How records move\n\nMade by `./dev manage workflow` from the tables of steps; not written by hand.\n"
    return "\n".join([head, *(line for model in models for line in chapter(model))])


def chapter(model):
    field = model._meta.get_field(model.STATE)
    labels = dict(field.flatchoices)
    order = list(labels)
    yield from (f"## {model._meta.verbose_name.capitalize()}", "", "```mermaid", "stateDiagram-v2")
    for state, label in labels.items():
        yield f'    state "{label}" as {state}'
    yield f"    [*] --> {field.get_default() or order[0]}"
    for verb, step in model.STEPS.items():
        if step.target:
            yield from (f"    {source} --> {step.target}: {verb}" for source in sorted(step.sources, key=order.index))
    yield from (
        "```",
        "",
        "| Step | Button | From | To | Whose | Permission | Roles |",
        "|---|---|---|---|---|---|---|",
    )
    for verb, step in model.STEPS.items():
        permission = model.permission(verb)
        cells = [
            f"`{verb}`",
            step.label if step.by_hand else "none: follows from another step",
            ", ".join(labels[source].lower() for source in sorted(step.sources, key=order.index)),
            labels[step.target].lower() if step.target else "as it was",
            ", ".join(f"`{side}`" for side in step.whose),
            f"`{permission}`",
            ", ".join(role.label for role in ROLES.values() if permission in role.permissions) or "nobody",
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    for side in sorted({side for step in model.STEPS.values() for side in step.whose}):
        words = getattr(type(model.objects.all()), side).__doc__ or ""
        yield f"- `{side}`: {' '.join(words.split())}"
    yield ""
