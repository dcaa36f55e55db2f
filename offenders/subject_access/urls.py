from django.urls import path

from . import views
from .models import SubjectLine, SubjectRequest

app_name = "subject_access"

urlpatterns = [
    path("", views.RequestList.as_view(), name="list"),
    path("new/", views.receive, name="receive"),
    path("<uuid:pk>/", views.RequestPage.as_view(), name="request"),
    path("<uuid:pk>/answer.pdf", views.Answer.as_view(), name="pdf"),
    path("<uuid:pk>/answer.json", views.Answer.as_view(form="json"), name="json"),
    *(
        path(f"<uuid:pk>/{verb}/", views.step, {"verb": verb}, name=verb)
        for verb, step in SubjectRequest.STEPS.items()
        if step.by_hand
    ),
    path("texts/<uuid:pk>/", views.LinePage.as_view(), name="line"),
    *(path(f"texts/<uuid:pk>/{verb}/", views.decide, {"verb": verb}, name=verb) for verb in SubjectLine.STEPS),
]
