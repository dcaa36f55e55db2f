from django.urls import path

from . import deadline_views, divert_views, savings_views, views

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
    path("o2r/deadlines/", deadline_views.O2RDeadlines.as_view(), name="deadlines"),
    path("o2r/deadlines/figures.csv", deadline_views.O2RDeadlinesExport.as_view(), name="deadlines_export"),
    path("o2r/deadlines/cases/", deadline_views.O2RDeadlinesBehind.as_view(), name="deadlines_cases"),
    path("divert/deadlines/", deadline_views.DivertDeadlines.as_view(), name="divert_deadlines"),
    path(
        "divert/deadlines/figures.csv", deadline_views.DivertDeadlinesExport.as_view(), name="divert_deadlines_export"
    ),
    path("divert/deadlines/cases/", deadline_views.DivertDeadlinesBehind.as_view(), name="divert_deadlines_cases"),
]
