"""Pages of appointments: booking one on the street, a worker's day, a manager's board."""

from .diary_urls import urlpatterns as diary
from .manage_urls import urlpatterns as manage
from .street_urls import urlpatterns as street

app_name = "booking"

urlpatterns = [*street, *diary, *manage]
