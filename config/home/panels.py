"""What a panel of the home page is."""

from typing import NamedTuple

from partners.frame.paging import COUNTED

ROWS = 5


class Line(NamedTuple):
    """One line of a panel; `note` says in a few words why it is there, or by when."""

    text: str
    note: str = ""
    url: str = ""
    overdue: bool = False


class Panel(NamedTuple):
    """A piece of the home page: how many, the first few, and the way to all of them.

    `shown` are the rows that the lines were made of where they concern people: the page records them.
    Without a `count` it is only a door.
    """

    title: str
    url: str = ""
    link: str = "See all"
    count: int | None = None
    lines: list = []
    words: str = ""  # instead of lines: what is behind the door, or that there is nothing to do
    shown: list = []

    @property
    def figure(self):
        return f"{COUNTED:,}+" if self.count is not None and self.count > COUNTED else self.count
