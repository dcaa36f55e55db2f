from django.urls import path

from . import follow_up_views as views

urlpatterns = [
    path("cases/<uuid:pk>/follow-ups/add/", views.add_follow_up, name="follow_up_add"),
    path("follow-ups/", views.FollowUpList.as_view(), name="follow_ups"),
    path("follow-ups/<uuid:pk>/", views.FollowUpPage.as_view(), name="follow_up"),
    path("follow-ups/<uuid:pk>/record/", views.record_follow_up, name="follow_up_record"),
    path("follow-ups/<uuid:pk>/attempt/", views.log_attempt, name="follow_up_attempt"),
]
