"""A manager's board, and the editor of availability and leave."""

urlpatterns = []
