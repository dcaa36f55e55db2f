"""O2R pages."""

from .board.urls import urlpatterns as board
from .case_urls import urlpatterns as cases
from .funding.urls import urlpatterns as fundings
from .placement_urls import urlpatterns as placements
from .preparation.urls import urlpatterns as preparations
from .request.urls import urlpatterns as requests

app_name = "rehab"

urlpatterns = [*board, *cases, *placements, *requests, *preparations, *fundings]
