"""Figures have no rows of their own: they are counted from the rows people work in."""

from django.db import models


class Report(models.Model):  # noqa: DJ008
    """No table: the permissions to read figures, and to open them to the people behind; of Divert, apart."""

    class Meta:
        managed = False
        default_permissions = ["view"]
        permissions = [
            ("open_report", "Can open a figure to the cases behind it"),
            ("view_divert_report", "Can read the figures of Divert"),
            ("open_divert_report", "Can open a figure of Divert to the referrals behind it"),
        ]
