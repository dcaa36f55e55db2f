from django.urls import path

from . import divert_views, savings_views, views

app_name = "insight"

urlpatterns = [
    path("o2r/", views.Programme.as_view(), name="programme"),
    path("o2r/figures.csv", views.Export.as_view(), name="export"),
    path("savings/", savings_views.Saved.as_view(), name="savings"),
    path("savings/figures.csv", savings_views.SavedExport.as_view(), name="savings_export"),
    path("savings/people/", savings_views.SavedByPerson.as_view(), name="savings_people"),
    path("divert/", divert_views.Divert.as_view(), name="divert"),
    path("divert/figures.csv", divert_views.DivertExport.as_view(), name="divert_export"),
    path("divert/cases/", divert_views.DivertBehind.as_view(), name="divert_cases"),
    path("o2r/cases/", views.Behind.as_view(), name="cases"),
]
