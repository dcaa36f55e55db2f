"""What a server runs. In production it does not start where a check of the settings or the database fails."""

import os

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
if not settings.DEBUG:
    call_command("check", deploy=True, databases=["default"])
