from django.urls import path, re_path
from django.urls.converters import UUIDConverter

from . import account_views, consent_views, emergency_views, merge_views, restriction_views, undelivered_views, views
from .amend import KINDS
from .amend_views import amend_record
from .facts import FACTS
from .models import EmergencyAccess, Restriction

app_name = "offenders"

PERSON = "<uuid:pk>/"
urlpatterns = [
    path("search/", views.search, name="search"),
    path(PERSON, views.Overview.as_view(), name="detail"),
    path(f"{PERSON}timeline/", views.Timeline.as_view(), name="timeline"),
    path(f"{PERSON}sharing/", views.Sharing.as_view(), name="sharing"),
    path(f"{PERSON}account/", account_views.Show.as_view(), name="account"),
    path(f"{PERSON}account/print/", account_views.Print.as_view(), name="print_account"),
    re_path(rf"^amend/(?P<kind>{'|'.join(KINDS)})/(?P<pk>[0-9a-f-]{{1,36}})/$", amend_record, name="amend"),
    re_path(rf"^(?P<pk>{UUIDConverter.regex})/add/(?P<fact>{'|'.join(FACTS)})/$", views.add_fact, name="add_fact"),
    path(f"{PERSON}consents/add/", consent_views.record_consent, name="record_consent"),
    path(f"{PERSON}consents/<int:consent>/withdraw/", consent_views.withdraw_consent, name="withdraw_consent"),
    path(f"{PERSON}restrict/", restriction_views.restrict, name="restrict"),
    path(f"{PERSON}unrestrict/", restriction_views.unrestrict, name="unrestrict"),
    *(
        path(f"restrictions/<uuid:pk>/{verb}/", restriction_views.decide, {"verb": verb}, name=f"restriction_{verb}")
        for verb in Restriction.STEPS
    ),
    path("emergencies/", emergency_views.EmergencyList.as_view(), name="emergencies"),
    path("emergencies/open/", emergency_views.open_emergency, name="open_emergency"),
    path("emergencies/<uuid:pk>/", emergency_views.EmergencyPage.as_view(), name="emergency"),
    *(
        path(f"emergencies/<uuid:pk>/{verb}/", emergency_views.step, {"verb": verb}, name=f"emergency_{verb}")
        for verb in EmergencyAccess.STEPS
    ),
    path("pairs/", merge_views.PairList.as_view(), name="pairs"),
    path("pairs/compare/", merge_views.compare, name="compare"),
    path("pairs/<uuid:pk>/", merge_views.pair, name="pair"),
    path("pairs/<uuid:pk>/different/", merge_views.different, name="different"),
    path("merges/", merge_views.MergeList.as_view(), name="merges"),
    path("merges/<uuid:pk>/", merge_views.MergePage.as_view(), name="merge"),
    path("merges/<uuid:pk>/review/", merge_views.review, name="review_merge"),
    path("merges/<uuid:pk>/unmerge/", merge_views.unmerge, name="unmerge"),
    path("messages/undelivered/", undelivered_views.UndeliveredList.as_view(), name="undelivered"),
    path("messages/<uuid:pk>/see-to/", undelivered_views.see_to_notice, name="see_to_notice"),
    path("notes/<uuid:pk>/", views.NotePage.as_view(), name="note"),
]
