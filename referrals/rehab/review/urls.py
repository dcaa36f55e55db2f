from django.urls import path

from . import views

urlpatterns = [
    path("reviews/", views.ReviewList.as_view(), name="reviews"),
    path("reviews/<uuid:pk>/", views.ReviewPage.as_view(), name="review"),
]
