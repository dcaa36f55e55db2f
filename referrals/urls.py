from django.http import HttpResponse
from django.urls import path

app_name = "referrals"


def stub(request, **kwargs):
    return HttpResponse()


urlpatterns = [path("<uuid:pk>/", stub, name="detail")]
