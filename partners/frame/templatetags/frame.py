import datetime as dt
import re
import uuid
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.conf import settings
from django.template.defaulttags import CsrfTokenNode
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join

from ..forms import as_noun

register = template.Library()

ADDRESS = re.compile(r"(https?://\S*[^\s.,;:!?)])")
ALERTS = {"success": "success", "warning": "warning", "error": "error"}


class FormTokens(CsrfTokenNode):
    """What every form carries: the proof that it is ours, and a token to be used once (see partners/once.py)."""

    def render(self, context):
        return super().render(context) + format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4())


@register.tag
def csrf_token(parser, token):
    """Django's own tag by name, so that no form can have the one token without the other."""
    return FormTokens()


@register.filter
def alert_kind(level_tag):
    """The design system's word for a level of Django's messages."""
    return ALERTS.get(level_tag, "information")


@register.filter
def date_or(value, otherwise="Not known"):
    """ "27 March 1990", or what to say where there is no date."""
    return format_date(value, "j F Y") if value else otherwise


def between(first, last):
    """ "From 3 May 2026 to 9 May 2026"; "Since 3 May 2026" where there is no last day."""
    return f"From {date_or(first)} to {date_or(last)}" if last else f"Since {date_or(first)}"


@register.filter
def moment(value):
    """ "27 March 2026 at 1:06pm", on the clock of the place; "27 March 2026" where only the day is known."""
    if not value:
        return ""
    value = timezone.localtime(value)
    if value.time() == dt.time():  # what a day without a time is kept as
        return format_date(value, "j F Y")
    return f"{format_date(value, 'j F Y')} at {clock(value)}"


@register.filter
def clock(value):
    """ "1:06pm", "midday", on the clock of the place."""
    value = timezone.localtime(value)
    if (value.hour, value.minute) in {(0, 0), (12, 0)}:
        return "midday" if value.hour else "midnight"
    minutes = f":{value:%M}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


@register.filter
def lower_first(text):
    """The label as it stands inside a sentence: "A 1:1 appointment" is "a 1:1 appointment"."""
    return as_noun(text).replace("%%", "%")


@register.filter
def linked(text):
    """Its addresses as links: a page of ours in words, as on a phone an address fills the line; others as they are."""
    parts = ADDRESS.split(text)  # what stands between addresses and, every second time, an address
    return format_html_join("", "{}", ([_link(part) if n % 2 else part] for n, part in enumerate(parts)))


def _link(address):
    words = "Open the page" if address.startswith(f"{settings.SITE_URL}/") else address
    return format_html('<a class="govuk-link" href="{}">{}</a>', address, words)


@register.filter
def pounds(value):
    """ "£1,250.50", "£20": exact, pence only where there are some, minus before the sign."""
    if value is None or value == "":
        return ""
    whole = value == int(value)
    return f"{'-' if value < 0 else ''}£{abs(value):,.{0 if whole else 2}f}"


@register.filter
def whole_pounds(value):
    """ "£1,251": to the nearest pound, halves up. For estimates; what is owed or spent is exact."""
    return pounds(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


@register.filter
def tag_class(colour):
    """The class of a tag in a colour of the design system; plain grey without one."""
    return f"govuk-tag--{colour or 'grey'}"


@register.simple_tag(takes_context=True)
def with_query(context, **changes):
    """This page's query with some parameters set, or with None taken out; back on the first page."""
    query = context["request"].GET.copy()
    for gone in ("before", "after"):
        query.pop(gone, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_link(context, name, label):
    """A column's heading cell, whose link sorts the list by it; the other way round the second time, where it can."""
    now = context["request"].GET.get("sort", context.get("sort", ""))
    direction = {name: "ascending", f"-{name}": "descending"}.get(now)
    turned = f"-{name}"
    can_turn = turned in getattr(context.get("view"), "orders", [turned])
    url = with_query(context, sort=turned if direction == "ascending" and can_turn else name)
    return format_html(
        '<th scope="col" class="govuk-table__header"{}><a class="tc-sort" href="{}">{}</a></th>',
        format_html(' aria-sort="{}"', direction) if direction else "",
        url,
        label,
    )
