from django.urls import path

from . import views

app_name = "notices"

urlpatterns = [
    path("", views.NoticeList.as_view(), name="list"),
    path("preferences/", views.preferences, name="preferences"),
]
