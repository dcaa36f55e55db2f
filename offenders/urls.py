from django.http import HttpResponse
from django.urls import path

app_name = "offenders"


def stub(request, **kwargs):
    return HttpResponse()


urlpatterns = [path("search/", stub, name="search"), path("<uuid:pk>/", stub, name="detail")]
