import io

from django.core.exceptions import BadRequest
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from partners.audit.question_views import as_text
from partners.audit.questions import QUESTIONS, QuestionForm, ask
from partners.frame.download import write_csv
from partners.models import User

ASKED = ["person", "user", "agency", "address", "since", "until"]


class Command(BaseCommand):
    help = "Print the answer to one of the ten questions of the record as CSV. That it was asked is recorded."

    def add_arguments(self, parser):
        parser.add_argument("question", choices=list(QUESTIONS))
        parser.add_argument("--by", required=True, help="the e-mail address of the auditor who asks")
        for name in ASKED:
            parser.add_argument(f"--{name}")

    def handle(self, *, question, by, **options):
        user = User.objects.filter(email=User.objects.address_of(by), is_active=True).first()
        hats = [one for one in user.in_each_hat() if one.has_perm("audit.view_event")] if user else []
        if not hats:
            raise CommandError(f"{by} may not read the record.")
        said = {name: options[name] for name in ASKED if options[name]}
        form = QuestionForm(said, question=QUESTIONS[question])
        if form.problem:
            raise CommandError(form.problem)
        try:
            with transaction.atomic():
                rows = ask(form, by=hats[0])
        except BadRequest as error:
            raise CommandError(str(error)) from None
        text = io.StringIO()
        write_csv(text, QUESTIONS[question].columns, as_text(rows))
        self.stdout.write(text.getvalue(), ending="")
