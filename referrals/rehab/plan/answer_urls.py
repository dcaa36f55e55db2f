from django.urls import path

from . import answer

urlpatterns = [
    path("", answer.Answer.as_view(), name="answer"),
    path("<str:token>/", answer.Open.as_view(), name="answer_link"),
]
