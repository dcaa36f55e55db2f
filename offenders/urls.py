from django.urls import path, re_path
from django.urls.converters import UUIDConverter

from . import merge_views, views
from .facts import FACTS

app_name = "offenders"

PERSON = "<uuid:pk>/"
urlpatterns = [
    path("search/", views.search, name="search"),
    path(PERSON, views.Overview.as_view(), name="detail"),
    path(f"{PERSON}timeline/", views.Timeline.as_view(), name="timeline"),
    path(f"{PERSON}sharing/", views.Sharing.as_view(), name="sharing"),
    path(f"{PERSON}edit/", views.edit, name="edit"),
    re_path(rf"^(?P<pk>{UUIDConverter.regex})/add/(?P<fact>{'|'.join(FACTS)})/$", views.add_fact, name="add_fact"),
    path(f"{PERSON}consents/<int:consent>/withdraw/", views.withdraw_consent, name="withdraw_consent"),
    path(f"{PERSON}restrict/", views.restrict, name="restrict"),
    path(f"{PERSON}unrestrict/", views.unrestrict, name="unrestrict"),
    path("pairs/", merge_views.PairList.as_view(), name="pairs"),
    path("pairs/compare/", merge_views.compare, name="compare"),
    path("pairs/<uuid:pk>/", merge_views.pair, name="pair"),
    path("pairs/<uuid:pk>/different/", merge_views.different, name="different"),
    path("merges/", merge_views.MergeList.as_view(), name="merges"),
    path("merges/<uuid:pk>/", merge_views.MergePage.as_view(), name="merge"),
    path("merges/<uuid:pk>/review/", merge_views.review, name="review_merge"),
    path("merges/<uuid:pk>/unmerge/", merge_views.unmerge, name="unmerge"),
    path("notes/<uuid:pk>/", views.NotePage.as_view(), name="note"),
    path("notes/<uuid:pk>/amend/", views.amend_note, name="amend_note"),
]
