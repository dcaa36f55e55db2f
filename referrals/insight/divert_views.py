"""Divert's figures: the page, its tables to take away, and the referrals behind a figure."""

from urllib.parse import urlencode

from django.urls import reverse

from .forms import OF_THE_PAPER, DivertForm
from .tables import DIVERT, TABLES
from .views import Behind, Export, Report

FILES = {
    "divert_referrals": "Referrals, and referrals a month",
    "divert_residence": "Shares by area of residence",
    "divert_substance": "Shares by substance",
    "divert_engagement": "Engaged",
    "possession_outcomes": "Charges and cautions",
}


class Divert(Report):
    """The report of Divert: how many, who, where from, with what, and how many engaged (board paper, 14 to 22)."""

    about, table, first = DIVERT, "divert", OF_THE_PAPER
    names = {"cases": "insight:divert_cases"}
    template_name = "insight/divert.html"

    def report(self, form):
        context = super().report(form)
        tables = (
            self.counted(TABLES[name]) for name in ("divert_referrals", "divert_engagement", "possession_outcomes")
        )
        figures = [row for table in tables for row in self.figures(table)]
        address = reverse("insight:divert_export")
        asked = {name: value for name, value in form.query.items() if name != "by"}
        return context | {
            "figures": list(dict.fromkeys(figures)),  # those referred are in two of the tables
            "files": [
                (label, f"{address}?{urlencode(asked | {'table': name} | self.by(name, form))}")
                for name, label in FILES.items()
            ],
        }

    @staticmethod
    def by(name, form):
        """A file is broken down as the page is, but those of shares as they are named."""
        by = form.cleaned_data["by"]
        return {"by": by} if by and not TABLES[name].by else {}

    def charts(self):
        table = self.counted(by=self.calendar)
        if table.parts:
            yield self.line(table, "referrals", ["referrals", "engaged_at_least_initial_1to1"])
            yield self.line(table, "outcomes", ["charges", "cautions"])
        known = f"As known on {self.period.as_of:%-d %B %Y}."
        shares = TABLES["divert_residence"]
        yield self.bars(self.counted(shares), "Where those referred lived", known, shares=True)
        yield self.bars(self.counted(shares, "substance"), "What they had on them", known, shares=True)
        yield self.bars(self.counted(shares, "class"), "Of which class it was", known, shares=True)
        yield self.bars(self.counted(shares, "unit"), "Which units and departments referred", known, shares=True)


class DivertExport(Export):
    about = DIVERT

    def form(self, asked):
        about = TABLES.get(asked.get("table"), self.about)
        return DivertForm(asked, user=self.request.user, about=about)


class DivertBehind(Behind):
    about, report = DIVERT, "insight:divert"
