"""Recovery codes: what someone writes down for the day on which their phone and their passkeys are not at hand."""

import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.utils import timezone

from partners.audit.models import Event

SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
COUNT, PARTS, LENGTH = 10, 3, 4


def as_typed(code):
    """A code without what people put into it or leave out: capitals, spaces, hyphens."""
    return "".join(sign for sign in code.lower() if sign.isalnum())


class RecoveryCodeQuerySet(models.QuerySet):
    def unused(self, user):
        return self.filter(user=user, used_at=None)

    @transaction.atomic
    def make(self, *, by):
        """New ones in place of all that there were. Returns them: they are told once, and kept only as hashes."""
        self.filter(user=by).delete()
        codes = ["-".join("".join(secrets.choice(SIGNS) for _ in range(LENGTH)) for _ in range(PARTS))
                 for _ in range(COUNT)]  # fmt: skip
        self.bulk_create(self.model(user=by, code=make_password(as_typed(code))) for code in codes)
        Event.objects.record(Event.Kind.ADMINISTRATION, "recovery_codes.make", by=by, subject=by, count=COUNT)
        return codes

    def spend(self, user, code):
        """Whether this is one of the user's that was not used yet. From now on it is."""
        for one in self.unused(user):
            if check_password(as_typed(code), one.code):
                return bool(self.unused(user).filter(pk=one.pk).update(used_at=timezone.now()))
        return False


class RecoveryCode(models.Model):
    """One of the codes that someone made. It stands in for their second step, once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    code = models.CharField(max_length=200, help_text="Its hash.")
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        default_permissions = []

    def __str__(self):
        return f"Made {self.made_at:%Y-%m-%d}"
