from django.urls import path

from . import views

urlpatterns = [path("<slug:token>/", views.stop_messages, name="stop_messages")]
