from django.urls import path

from . import views
from .models import Document

app_name = "documents"

urlpatterns = [
    path("of/<uuid:pk>/", views.OfPerson.as_view(), name="of_person"),
    path("of/<uuid:pk>/add/", views.add, name="add"),
    path("of/<uuid:pk>/add/<uuid:matter>/", views.add, name="add_to"),
    path("<uuid:pk>/", views.DocumentPage.as_view(), name="document"),
    path("<uuid:pk>/file/", views.Download.as_view(), name="file"),
    *(
        path(f"<uuid:pk>/{verb}/", views.take_step, {"verb": verb}, name=verb)
        for verb, step in Document.STEPS.items()
        if step.by_hand
    ),
]
