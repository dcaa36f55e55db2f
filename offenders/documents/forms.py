"""What is asked of a document; the same forms for pages and API."""

from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError

from offenders.amend import amendable
from offenders.amend_forms import AmendForm
from offenders.forms import WRITTEN, NoteForm, not_in_future
from offenders.models import Offender
from offenders.steps import ReasonForm
from offenders.workflow import day_of
from partners.frame.forms import DateField, Form, Radios
from partners.roles import Category

from .inspection import inspect
from .models import TITLE, Document, plain_name
from .uploads import limit

SharedWith = NoteForm.SharedWith


def categories(user, *also):
    """What a document may be about, of what this user reads."""
    reads = user.categories | user.with_consent | {*also}
    return [(category.value, category.label) for category in WRITTEN if category in reads]


class DocumentForm(Form):
    """A file, and what is to be known of it. `fields_of` says it as Document.add takes it."""

    file = forms.FileField(label="Which file?", widget=forms.FileInput, error_messages={"required": "Choose a file"})
    kind = forms.ChoiceField(label="What is it?", choices=Document.Kind, widget=Radios)
    title = forms.CharField(
        label="What is it called?", required=False, max_length=TITLE,
        help_text="So that others know it in the list. Leave empty to take the name of the file.",
    )  # fmt: skip
    on = DateField(
        label="What date is on it?", noun="the date on it", required=False, help_text="Leave empty for today."
    )
    category = forms.ChoiceField(
        label="What is it about?", widget=Radios, initial=Category.GENERAL, help_text="This decides who may read it."
    )
    shared_with = forms.ChoiceField(
        label="Who may read it?", widget=Radios, choices=SharedWith.choices, initial=SharedWith.EVERYONE
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = categories(user)
        self.fields["file"].help_text = (
            f"PDF, photo (JPEG or PNG), Word document (.docx) or plain text, of up to {limit() // 1_000_000} MB. "
            "Where and when a photo was made is taken out of it."
        )

    def clean_file(self):
        file, most = self.cleaned_data["file"], limit()
        if file.size > most:
            size = f"{most // 1_000_000} MB"
            raise ValidationError(f"This file is larger than {size}. Send it in parts, or scan it again, coarser.")
        self.content_type, self.content = inspect(file.read())
        return file

    def clean_title(self):
        return plain_name(self.cleaned_data["title"])

    def clean_on(self):
        return not_in_future(self.cleaned_data["on"])

    def clean(self):
        answers = super().clean()
        if (file := answers.get("file")) and not answers.get("title"):
            answers["title"] = plain_name(PurePath(file.name).stem)
            if not answers["title"]:
                self.add_error("title", "Say what it is called")
        return answers

    def add_to(self, offender, *, by, matters):
        """Keep it, for these matters where those are to read it too. Returns the Document."""
        answers = self.cleaned_data
        return Document.add(
            offender, by=by, kind=answers["kind"], title=answers["title"], category=answers["category"],
            content=self.content, content_type=self.content_type, happened_at=day_of(answers["on"]),
            matters=matters if answers["shared_with"] == SharedWith.EVERYONE else (),
        )  # fmt: skip


class NewDocumentForm(DocumentForm):
    """A document as the API takes it, which says of whom it is, and may say of which referral, case or placement."""

    offender = forms.ModelChoiceField(Offender.objects.none())
    matter = forms.UUIDField(required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.user = user
        self.fields["offender"].queryset = Offender.objects.worked_by(user)

    def clean(self):
        answers = super().clean()
        if offender := answers.get("offender"):
            self.matters = offender.involvements.open_to(self.user).matters()
            if matter := answers.get("matter"):
                if matter not in self.matters:
                    self.add_error("matter", "Give the id of a referral, case or placement that you work on.")
                self.matters = [matter]
        return answers


class RemoveForm(ReasonForm):
    """Why its file is taken away."""

    on = None

    def context(self):
        return {
            "lead": "Remove a file that was not to be here: of another person, or a wrong version.", "danger": True,
            "consequence": "The file is deleted at once, and nobody can bring it back. What it was called, who added "
            "it and your reason stay on the record.",
        }  # fmt: skip


STEP_FORMS = {"remove": RemoveForm}


class AmendDocumentForm(AmendForm):
    """What a document is called, and who may read it: fewer at once, more when its author or a supervisor says so."""

    kind = forms.ChoiceField(label="What is it?", choices=Document.Kind, widget=Radios)
    title = forms.CharField(label="What is it called?", max_length=TITLE)
    category = forms.ChoiceField(
        label="What is it about?", widget=Radios,
        help_text="This decides who may read it. More readers than now: only its author or a supervisor.",
    )  # fmt: skip
    shared_with = forms.ChoiceField(label="Who may read it?", widget=Radios, choices=SharedWith.choices)
    stands_for = {"shared_with": "matters"}

    def __init__(self, *args, row, user, **kwargs):
        super().__init__(*args, row=row, user=user, **kwargs)
        self.fields["category"].choices = categories(user, row.category)

    def initial_of(self, row):
        return {"shared_with": SharedWith.EVERYONE if row.matters else SharedWith.TEAM}

    def clean_title(self):
        if title := plain_name(self.cleaned_data["title"]):
            return title
        raise ValidationError("Say what it is called")

    def asked(self, row):
        changes = super().asked(row)
        if "matters" in changes:
            everyone = row.matters or row.offender.involvements.open_to(self.user).matters()
            changes["matters"] = everyone if changes["matters"] == SharedWith.EVERYONE else []
        return changes


amendable(Document, AmendDocumentForm, Category.GENERAL)
