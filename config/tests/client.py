"""A client as careful as one must be with what others change, without each test saying so."""

import html
import re
import uuid

from django.db import transaction
from django.test import Client

from partners.signin.sessions import Session

ONE = re.compile(r"/api/v1/[\w/-]+?/(?:[0-9a-f-]{36}|\d+)/")


class CarefulClient(Client):
    """Sends a new Idempotency-Key with each POST to the API, and with a change the version that is there now.

    Headers that a test gives stand; None leaves one out. To a form of the back office it adds what the page showed.
    Looking leaves no trace in the record.
    """

    def force_login(self, user, backend=None):
        """As someone who has been at it for a moment: what a session's first use writes is nothing of the page's."""
        super().force_login(user, backend)
        Session.objects.filter(pk=self.session.session_key).update(device="A browser")

    def generic(self, method, path, *args, headers=None, **extra):
        if path.startswith("/api/") and method in ("POST", "PUT", "PATCH", "DELETE"):
            ours = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
            if (one := ONE.match(path)) and "If-Match" not in (headers or {}):
                ours["If-Match"] = self.version(one[0])
            headers = {name: value for name, value in (ours | (headers or {})).items() if value is not None}
        return super().generic(method, path, *args, headers=headers, **extra)

    def version(self, path):
        return self.look(path).headers.get("ETag")

    def post(self, path, data=None, *args, **kwargs):
        if path.startswith("/admin/") and path.endswith("/change/") and "seen" not in (data or {}):
            shown = re.search(r'name="seen" value="([^"]*)"', self.look(path).content.decode())
            data = (data or {}) | ({"seen": html.unescape(shown[1])} if shown else {})
        return super().post(path, data, *args, **kwargs)

    def look(self, path):
        with transaction.atomic():
            answer = self.get(path)
            transaction.set_rollback(True)
        return answer
