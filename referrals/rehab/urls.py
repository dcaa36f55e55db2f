"""O2R pages."""

from .assessment_urls import urlpatterns as assessments
from .board.urls import urlpatterns as board
from .case_urls import urlpatterns as cases
from .follow_up_urls import urlpatterns as follow_ups
from .funding.urls import urlpatterns as fundings
from .placement_urls import urlpatterns as placements
from .plan.urls import urlpatterns as plans
from .preparation.urls import urlpatterns as preparations
from .request.urls import urlpatterns as requests
from .review.urls import urlpatterns as reviews

app_name = "rehab"

urlpatterns = [
    *assessments,
    *board,
    *cases,
    *follow_ups,
    *fundings,
    *placements,
    *plans,
    *preparations,
    *requests,
    *reviews,
]
