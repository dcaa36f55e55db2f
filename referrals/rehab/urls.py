"""O2R pages."""

from .assessment_urls import urlpatterns as assessments
from .case_urls import urlpatterns as cases
from .placement_urls import urlpatterns as placements

app_name = "rehab"

urlpatterns = [*cases, *assessments, *placements]
