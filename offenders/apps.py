from django.apps import AppConfig


class OffendersConfig(AppConfig):
    name = "offenders"
    verbose_name = "People"

    def ready(self):
        from partners import once
        from partners.notices import views as notice_views
        from partners.notices.models import PEOPLE

        from . import (
            amend_forms,  # noqa: F401  (what may be amended)
            messages,
            undelivered,
        )
        from .models import Offender

        PEOPLE.append(messages)
        notice_views.BESIDE.append(undelivered.page_of)
        once.SEES.append(lambda user, ids: Offender.objects.visible_to(user).filter(pk__in=ids).count() == len(ids))
