"""The one page that is open to everyone who holds its address: no more messages, please."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .models import Notice


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request, token):
    """Asks whether messages should stop; a POST stops them. Says nothing of anyone: whoever finds it learns nothing.

    To open it changes nothing: programs open addresses that stand in messages.
    """
    notice = Notice.of_stop_token(token)
    if notice is None:
        raise Http404
    if request.method == "POST":
        notice.stop()
    return render(request, "notices/stop.html", {"stopped": request.method == "POST"})
