"""O2R pages."""

from .board.urls import urlpatterns as board
from .case_urls import urlpatterns as cases
from .placement_urls import urlpatterns as placements

app_name = "rehab"

urlpatterns = [*board, *cases, *placements]
