from django.urls import path

from . import divert_views, views

app_name = "insight"

urlpatterns = [
    path("o2r/", views.Programme.as_view(), name="programme"),
    path("o2r/figures.csv", views.Export.as_view(), name="export"),
    path("divert/", divert_views.Divert.as_view(), name="divert"),
    path("divert/figures.csv", divert_views.DivertExport.as_view(), name="divert_export"),
    path("divert/cases/", divert_views.DivertBehind.as_view(), name="divert_cases"),
    path("o2r/cases/", views.Behind.as_view(), name="cases"),
]
