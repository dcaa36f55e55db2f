"""A worker's day: diary, appointments, contact attempts, who waits."""

urlpatterns = []
