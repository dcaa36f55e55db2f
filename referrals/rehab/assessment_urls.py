from django.urls import path

from . import assessment_views as views
from .questions import SECTIONS

urlpatterns = [
    path("cases/<uuid:pk>/assess/", views.begin, name="assess"),
    path("assessments/<uuid:pk>/", views.finish, name="assessment"),
    path("assessments/<uuid:pk>/discard/", views.discard, name="assessment_discard"),
    *(
        path(f"assessments/<uuid:pk>/{name}/", views.write, {"section": name}, name=f"assessment_{name}")
        for name in SECTIONS
    ),
]
