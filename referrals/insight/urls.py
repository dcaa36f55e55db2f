from django.urls import path

from . import views

app_name = "insight"

urlpatterns = [
    path("o2r/", views.Programme.as_view(), name="programme"),
    path("o2r/figures.csv", views.ProgrammeExport.as_view(), name="export"),
    path("o2r/cases/", views.Behind.as_view(), name="cases"),
]
