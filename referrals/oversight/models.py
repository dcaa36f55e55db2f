"""What is overseen are the rows of the other rooms: nothing is kept here."""

from django.db import models


class Approval(models.Model):  # noqa: DJ008
    """No table: the permission to read what waits for one's word."""

    class Meta:
        managed = False
        default_permissions = ["view"]


class Gap(models.Model):  # noqa: DJ008
    """No table: the permission to read what is missing or odd in one's team's records."""

    class Meta:
        managed = False
        default_permissions = ["view"]
