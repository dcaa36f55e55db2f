"""How often someone may try, and what was used once: kept for some minutes, in the database, for all server processes.

It is Django's cache as the library asks for it. Django's own cache in a table will not do: two may both add what only
one may, and it makes room by throwing away what still counts, so that guesses enough for many people free the one.
"""

import time

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

PUT = """
    WITH over AS (
        DELETE FROM signin_kept WHERE key IN (
            SELECT key FROM signin_kept WHERE until <= %(now)s AND key <> %(key)s
            ORDER BY until LIMIT 20 FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO signin_kept (key, value, until) VALUES (%(key)s, %(value)s, %(until)s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until
"""
ADD = PUT + " WHERE signin_kept.until <= %(now)s"


class Kept(models.Model):
    """Something kept until a moment: when someone tried, or a code that was used."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.JSONField(encoder=DjangoJSONEncoder)
    until = models.FloatField(db_index=True, help_text="Seconds since 1970.")

    class Meta:
        default_permissions = []

    def __str__(self):
        return self.key


class Limits(BaseCache):
    """Of two that add the same at the same moment one is first, and the other is told so."""

    def __init__(self, location, params):
        super().__init__(params)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return self._put(ADD, key, value, timeout, version)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        self._put(PUT, key, value, timeout, version)

    def get(self, key, default=None, version=None):
        live = Kept.objects.filter(pk=self.make_key(key, version), until__gt=time.time())
        return next(iter(live.values_list("value", flat=True)), default)

    def delete(self, key, version=None):
        """Of how often an address tried, the last try alone: whoever gets in takes back their own, and not those at
        the accounts of others."""
        row = Kept.objects.filter(pk=self.make_key(key, version))
        if ":ip:" in key and isinstance(tries := self.get(key, version=version), list) and len(tries) > 1:
            return bool(row.update(value=tries[1:]))
        return bool(row.delete()[0])

    def clear(self):
        Kept.objects.all().delete()

    def _put(self, statement, key, value, timeout, version):
        """Whether it was put there."""
        lasts = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        now, name = time.time(), self.make_key(key, version)
        value = Kept._meta.get_field("value").get_db_prep_value(value, connection)
        with connection.cursor() as cursor:
            cursor.execute(statement, {"key": name, "value": value, "until": now + lasts, "now": now})
            return cursor.rowcount == 1
