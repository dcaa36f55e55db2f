"""What a panel of the home page is."""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify

from partners.frame.paging import COUNTED, first_which

ROWS = 5
SEE_ALL = "See all"


def day_words(day):
    """ "6 July", with the year where it is not this one; of a moment, its day on the clock of the place."""
    day = timezone.localdate(day) if isinstance(day, dt.datetime) else day
    return date_format(day, "j F" if day.year == timezone.localdate().year else "j F Y")


def few(rows):
    """The first rows, as many as a panel shows."""
    return first_which(rows, rows[:ROWS])


class Line(NamedTuple):
    """One line of a panel; `note` says in a few words why it is there, or by when."""

    text: str
    note: str = ""
    url: str = ""
    overdue: bool = False


class Panel(NamedTuple):
    """A piece of the home page: how many, the first few, and the way to all of them.

    `shown` are the rows that the lines were made of where they concern people: the page records them.
    Without a `count` it is only a door; one that counts nothing takes a line on the page, not a card.
    """

    title: str
    url: str = ""
    link: str = SEE_ALL
    count: int | None = None
    lines: list = []
    words: str = ""  # instead of lines: what is behind the door, or that there is nothing to do
    shown: list = []
    buttons: list = []  # (label, address) of what to begin here
    group: str = ""  # under which of the headings at the top of the page it stands

    @property
    def is_empty(self):
        return self.count == 0

    @property
    def is_overdue(self):
        return any(line.overdue for line in self.lines)

    @property
    def is_beginning(self):
        """Whether its link leads to more of the same: then a phone shows fewer of its lines."""
        return self.link == SEE_ALL

    @property
    def slug(self):
        return slugify(self.title)

    @property
    def figure(self):
        return f"{COUNTED:,}+" if self.count is not None and self.count > COUNTED else self.count
