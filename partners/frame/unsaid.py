"""Words that stand in no address: they are sent by POST and kept in the session; the address has a handle for them.

So names, numbers and e-mail addresses are in no log of a server on the way and in no history of a browser, while
paging, sorting and going back work as with any list. A handle is of one session, and of its latest few searches.
"""

import secrets

from django.core.exceptions import BadRequest
from django.http import QueryDict

KEPT = 50
LONGEST = 500  # letters of what is looked for: the session keeps it
PREFIX = "~"
BESIDE = {"csrfmiddlewaretoken", "once", "unsaid"}  # what a form carries besides


def address_of(request, names):
    """Where the list is that this POST asks for: what was sent under these names is kept, and replaced by handles.

    Raises BadRequest where it is too long to keep.
    """
    asked, kept = QueryDict(mutable=True), request.session.get("unsaid", {})
    for name, values in request.POST.lists():
        for value in values if name not in BESIDE else ():
            if len(value) > LONGEST and name in names:
                raise BadRequest(f"Look for no more than {LONGEST} letters at once.")
            if value and name in names:
                handle = f"{PREFIX}{secrets.token_urlsafe(9)}"
                kept = dict(list(kept.items())[1 - KEPT :]) | {handle: value}
                value = handle
            asked.appendlist(name, value)
    request.session["unsaid"] = kept
    return f"{request.path}?{asked.urlencode()}"


def said(request, word):
    """What a handle stands for, and nothing where that is forgotten; any other word as it is."""
    session = getattr(request, "session", None)  # a program has none, and says its words itself
    if session is None or not word.startswith(PREFIX):
        return word
    return session.get("unsaid", {}).get(word, "")


def all_said(request, params, names):
    """These parameters of an address, with the words that the handles under these names stand for."""
    params = params.copy()
    for name in names:
        if name in params:
            params.setlist(name, [said(request, value) for value in params.getlist(name)])
    return params
