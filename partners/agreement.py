"""The agreements under which agencies share what they know of people."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from .audit.models import Event
from .dated import Dated, DatedQuerySet
from .roles import Category


class AgreementQuerySet(DatedQuerySet):
    def between(self, one, other, day=None):
        """Those that hold that day (today when left out) between two agencies: rows, keys or outer references."""
        return self.on(day).filter(agencies=one).filter(agencies=other)

    def covering(self, category):
        """Those under which this category may be shown."""
        return self.filter(categories__contains=[category])


class Agreement(Dated):
    """An information-sharing agreement between agencies: for what, which categories, until when.

    It is asked for on each request: what it opened is closed from the day after its last. Who the person is and how
    their case stands is the least that one may share, so each covers identity and case.
    """

    LEAST = (Category.IDENTITY, Category.CASE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    purpose = models.TextField()
    agencies = models.ManyToManyField("partners.Agency", related_name="agreements")
    categories = ArrayField(models.CharField(max_length=20, choices=Category), default=list)
    review_on = models.DateField(null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["name"]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="agreement_covers_identity_and_case",
                condition=Q(categories__contains=["identity", "case"]),
                violation_error_message="An agreement covers at least identity and case: without them nothing is seen.",
            ),
        ]

    def __str__(self):
        return self.name

    @transaction.atomic
    def renew(self, *, by, review_on, valid_to=None):
        """It was reviewed and goes on, to be reviewed again that day. Raises ValidationError."""
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if not self.holds():
            raise ValidationError("This agreement has ended. Agree on a new one.", code="ended")
        if review_on <= timezone.localdate() or (valid_to and review_on > valid_to):
            raise ValidationError({"review_on": "The next review is after today, and not after the last day."})
        fields = ("valid_to", "review_on")
        before = {name: str(getattr(self, name) or "") for name in fields}
        self.valid_to, self.review_on = valid_to, review_on
        self.save(update_fields=fields)
        after = {name: str(getattr(self, name) or "") for name in fields}
        Event.objects.record(
            Event.Kind.ADMINISTRATION, "agreement.renew", by=by, subject=self, before=before, after=after
        )
