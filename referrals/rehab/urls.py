"""O2R pages."""

from .case_urls import urlpatterns as cases
from .funding.urls import urlpatterns as fundings
from .placement_urls import urlpatterns as placements

app_name = "rehab"

urlpatterns = [*cases, *placements, *fundings]
