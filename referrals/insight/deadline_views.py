"""How deadlines were met: a page for each programme, the file to take away, and the referrals behind a figure."""

from urllib.parse import urlencode

from django.urls import reverse

from .forms import OF_THE_PAPER, PILOT_YEAR
from .tables import TABLES
from .views import Behind, Export, Report


class O2RDeadlines(Report):
    about, table, first, default_by = TABLES["o2r_deadlines"], "o2r_deadlines", PILOT_YEAR, "deadline"
    names = {"cases": "insight:deadlines_cases", "export": "insight:deadlines_export"}
    template_name, title, back = "insight/deadlines.html", "Offender to Rehab: deadlines", "insight:programme"

    def report(self, form):
        return super().report(form) | {
            "csv_url": f"{reverse(self.names['export'])}?{urlencode(form.query)}",
        }

    def charts(self):
        known = f"Counted from a day in the period, and as known on {self.period.as_of:%-d %B %Y}."
        yield self.bars(self.counted(), "What came due", known)

    def get_context_data(self, **kwargs):
        return super().get_context_data(title=self.title, back_url=reverse(self.back), **kwargs)


class DivertDeadlines(O2RDeadlines):
    about, table, first = TABLES["divert_deadlines"], "divert_deadlines", OF_THE_PAPER
    names = {"cases": "insight:divert_deadlines_cases", "export": "insight:divert_deadlines_export"}
    title, back = "Divert: deadlines", "insight:divert"


class O2RDeadlinesExport(Export):
    about, table = TABLES["o2r_deadlines"], "o2r_deadlines"


class DivertDeadlinesExport(Export):
    about, table = TABLES["divert_deadlines"], "divert_deadlines"


class O2RDeadlinesBehind(Behind):
    about, report, by = TABLES["o2r_deadlines"], "insight:deadlines", "deadline"


class DivertDeadlinesBehind(Behind):
    about, report, by = TABLES["divert_deadlines"], "insight:divert_deadlines", "deadline"
