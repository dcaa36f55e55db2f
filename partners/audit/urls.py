from django.urls import path

from . import views

app_name = "audit"

urlpatterns = [
    path("", views.EventList.as_view(), name="list"),
    path("export.csv", views.EventExport.as_view(), name="export"),
    path("<int:pk>/", views.EventPage.as_view(), name="event"),
]
