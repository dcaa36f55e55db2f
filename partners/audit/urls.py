from django.urls import path

from . import question_views, views

app_name = "audit"

urlpatterns = [
    path("", views.EventList.as_view(), name="list"),
    path("export.csv", views.EventExport.as_view(), name="export"),
    path("questions/", question_views.Questions.as_view(), name="questions"),
    path("questions/<slug:name>/", question_views.QuestionPage.as_view(), name="question"),
    path("questions/<slug:name>/export.csv", question_views.QuestionFile.as_view(), name="question_csv"),
    path("<int:pk>/", views.EventPage.as_view(), name="event"),
]
