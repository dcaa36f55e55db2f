"""O2R pages."""

from .case_urls import urlpatterns as cases
from .placement_urls import urlpatterns as placements
from .plan.urls import urlpatterns as plans

app_name = "rehab"

urlpatterns = [*cases, *placements, *plans]
