"""A manager's board, and the editor of availability and leave."""

from django.urls import path

from . import allocation
from . import manage_views as views

urlpatterns = [
    path("allocate/", allocation.ToAllocate.as_view(), name="to_allocate"),
    path("board/", views.show_board, name="board"),
    path("hours/<uuid:pk>/", views.hours, name="hours"),
    path("hours/<uuid:pk>/add/", views.add, views.ADD["add_hours"], name="add_hours"),
    path("hours/<uuid:pk>/leave/", views.add, views.ADD["add_leave"], name="add_leave"),
    path("availability/<uuid:pk>/change/", views.change, views.CHANGE["change_hours"], name="change_hours"),
    path("availability/<uuid:pk>/end/", views.change, views.CHANGE["end_hours"], name="end_hours"),
    path("leave/<uuid:pk>/end/", views.change, views.CHANGE["end_leave"], name="end_leave"),
]
