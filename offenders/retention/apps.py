from django.apps import AppConfig
from django.urls import reverse


class RetentionConfig(AppConfig):
    name = "offenders.retention"
    label = "retention"
    verbose_name = "Retention and disposal"

    def ready(self):
        from offenders import panels

        panels.OFFERS.append(self.review)

    def review(self, user, offender):
        """The way to until when the person's records are kept, for who decides on it."""
        from .models import REVIEW

        if user.has_perm(REVIEW) and self.get_model("Schedule").objects.filter(pk=offender.pk).exists():
            return "Retention", reverse("retention:schedule", args=[offender.pk])
        return None
