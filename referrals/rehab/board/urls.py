from django.urls import path

from . import views

urlpatterns = [
    path("placements/board/", views.Board.as_view(), name="board"),
    path("placements/board/<uuid:pk>/out-of-use/add/", views.add_out_of_use, name="out_of_use_add"),
    path("placements/board/out-of-use/<uuid:pk>/change/", views.change_out_of_use, name="out_of_use_change"),
]
