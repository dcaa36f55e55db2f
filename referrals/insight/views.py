"""The programme's figures: the page, the file to take away, and the cases behind a figure."""

from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from offenders.retention.models import Decision
from partners.audit.models import Event
from partners.frame.charts import bar_chart, line_chart
from partners.frame.download import csv_response
from partners.frame.pages import ListPage
from partners.frame.templatetags.frame import whole_pounds
from referrals.models import Referral
from referrals.rehab.models import Case, FollowUp
from referrals.rehab.savings import Savings, figures_used

from .breakdowns import BREAKDOWNS, CALENDAR
from .forms import PILOT_YEAR, BehindForm, ReportForm, last_twelve_months, presets
from .measures import MISSING, saved_by
from .small_numbers import FEWER, is_small
from .tables import TABLES, Table

MOST_MONTHS = 36  # in a chart; a longer period is drawn by financial year


def hides_small(user, about):
    """Whether small numbers are hidden: from those who may not open this table's figures to the people behind."""
    return not user.has_perm(about.opens)


def record_report(verb, form, *, by, table, **detail):
    """Record that figures were shown: which report, never the figures."""
    Event.objects.record(Event.Kind.CONSULTATION, verb, by=by, table=table, asked=form.query, **detail)


def as_text(value, unit):
    """A figure as the page prints it: whole pounds, whole percentages, whole averages, halves up."""
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    if unit == "GBP":
        return whole_pounds(value)
    if unit == "percent":
        return f"{value.quantize(Decimal(1), ROUND_HALF_UP)}%"
    if isinstance(value, Decimal):
        value = value.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{value:,}"


class Report(PermissionRequiredMixin, TemplateView):
    """Figures for any period: what each means, charts, and one breakdown.

    A programme gives `about`, `table` (what the record calls it), `first` (its own preset), `names` of its addresses,
    and what its page shows besides.
    """

    raise_exception = True
    about, table, first, names, default_by = None, "", None, {}, "area"

    @property
    def permission_required(self):
        return self.about.view

    def get(self, request):
        today = timezone.localdate()
        first, last = last_twelve_months(today)
        asked = request.GET or {"from": first, "to": last, "by": self.default_by}
        form = ReportForm(asked, user=request.user, about=self.about)
        if form.stranger:
            raise BadRequest(form.stranger)
        presets_of = presets(today, self.first)
        context = {"form": form, "presets": [(label, f"?{self.days(a, b)}") for label, a, b in presets_of]}
        if form.is_valid():
            record_report("report.view", form, by=request.user, table=self.table)
            context |= self.report(form)
        return self.render_to_response(self.get_context_data(**context), status=422 if form.errors else 200)

    def days(self, first, last):
        return urlencode({"from": first, "to": last, "by": self.default_by})

    def report(self, form):
        user, self.period, by = self.request.user, form.period, form.cleaned_data["by"]
        self.opens, self.hides, self.query = user.has_perm(self.about.opens), hides_small(user, self.about), form.query
        return {
            "period": self.period,
            "charts": self.charts(),
            "broken_down": self.broken_down(self.counted(by=by)) if by else None,
            "hides": self.hides,
            "erased": Decision.objects.filter(status="erased", erased_at__date__gte=self.period.first).count(),
        }

    def counted(self, about=None, by=""):
        return Table(about or self.about, self.period, by, hides_small=self.hides)

    def url(self, measure, **row):
        """The address of the cases behind a figure; none for those who may not open it."""
        query = {name: value for name, value in self.query.items() if name != "by"}
        address = f"{reverse(self.names['cases'])}?{urlencode(query | {'measure': measure.name} | row)}"
        return address if self.opens else ""

    def figures(self, table):
        rows = []
        for measure in table.measures:
            text = as_text(table.value(measure), measure.unit)
            if measure.share_of and (share := table.share(measure)) is not None:
                text = f"{text} ({as_text(share, 'percent')})"
            rows.append((measure.label, text, measure.sentence, self.url(measure)))
        return rows

    def broken_down(self, table):
        """One row for each part of the table, each cell (text, address)."""
        rows = []
        for part in table.parts:
            span = table.calendar.get(part)
            row = {"from": span.first, "to": span.last} if span else {"by": table.by, "key": part}
            cells = [
                (measure.label, as_text(table.value(measure, part), measure.unit), self.url(measure, **row))
                for measure in table.measures
            ]
            rows.append((part, cells))
        label = CALENDAR[table.by][0] if table.by in CALENDAR else BREAKDOWNS[table.by].label
        return {"label": label, "columns": [measure.label for measure in table.measures], "rows": rows}

    @property
    def calendar(self):
        """How a line over the period is drawn."""
        first, until = self.period.first, self.period.until
        months = (until.year - first.year) * 12 + until.month - first.month + 1
        return "month" if months <= MOST_MONTHS else "financial_year"

    @staticmethod
    def line(table, unit, names):
        measures = [measure for measure in table.measures if measure.name in names]
        labels = [f"{part.first:%b %y}" if table.by == "month" else part.name for part in table.calendar.values()]
        series = {
            measure.label: [value for _, value in as_drawn((part, table.value(measure, part)) for part in table.parts)]
            for measure in measures
        }
        first = measures[0].label
        most, label = max(zip(series[first], labels, strict=True), key=lambda pair: pair[0] or 0)
        is_hidden = any(value is None for value in series[first])
        nothing = f"{first}: too few in any {CALENDAR[table.by][0].lower()} to show" if is_hidden else f"{first}: none"
        message = f"{first}: most in {label}, {most:,}" if most else nothing
        return {
            "message": message,
            "about": f"{' and '.join(series).capitalize()}, by {CALENDAR[table.by][0].lower()}.",
            "chart": line_chart(labels, series, unit, message),
            "columns": [CALENDAR[table.by][0], *series],
            "rows": [
                (name, *(as_text(table.value(measure, part), measure.unit) for measure in measures))
                for name, part in zip(labels, table.parts, strict=True)
            ],
        }

    @staticmethod
    def bars(table, message, about, *, shares=False):
        """Bars of the table's first measure, one for each of its parts; with the share that each is."""
        measure, unit = table.measures[0], "referrals"
        values = [(part, table.value(measure, part)) for part in table.parts]
        told = {part: as_text(table.share(measure, part), "percent") for part in table.parts} if shares else {}
        label = CALENDAR[table.by][0] if table.by in CALENDAR else BREAKDOWNS[table.by].label
        return {
            "message": message,
            "about": about,
            "chart": bar_chart(as_drawn(values), unit, message),
            "columns": [label, measure.label, *(["Share"] if shares else [])],
            "rows": [(part, as_text(value, measure.unit), *([told[part]] if shares else [])) for part, value in values],
        }


class Programme(Report):
    """The report of Offender to Rehab, with what it saved."""

    about, table, first = TABLES["o2r_pilot"], "o2r_pilot", PILOT_YEAR
    names = {"cases": "insight:cases"}
    template_name = "insight/programme.html"

    def report(self, form):
        context = super().report(form)
        period = self.period
        saved = saved_by(period).get("", Savings())
        few = self.hides and is_small(saved.people)
        few_missing = self.hides and is_small(saved.missing_people)
        return context | {
            "figures": self.figures(self.counted()),
            "is_pilot": (period.first, period.last) == PILOT_YEAR[1:],
            "estimates": [] if few or few_missing else saved.estimates,
            "missing_people": FEWER if few_missing else saved.missing_people,
            "missing_days": "" if few_missing else saved.missing_days,
            "missing_url": self.url(MISSING),
            "settings": figures_used(period.first, period.until),
            "csv_url": f"{reverse('insight:export')}?{urlencode(form.query)}",
        }

    def charts(self):
        table = self.counted(by=self.calendar)
        if table.parts:
            yield self.line(table, "people", ["referrals", "rehab_admissions"])
            yield self.line(table, "days", ["rehab_days"])
        known = f"As known on {self.period.as_of:%-d %B %Y}."
        yield self.bars(self.counted(by="decision"), "What was decided about those referred", known)


def as_drawn(values):
    """A hidden figure is drawn as one that is not known."""
    return [(name, None if isinstance(value, str) else value) for name, value in values]


class Export(PermissionRequiredMixin, View):
    """The same rows as the command and the API give, as CSV."""

    raise_exception = True
    about, table = TABLES["o2r_pilot"], "o2r_pilot"

    @property
    def permission_required(self):
        return self.about.view

    def form(self, asked):
        return ReportForm(asked, user=self.request.user, about=self.about)

    def get(self, request):
        form = self.form(request.GET)
        if form.problem:
            raise BadRequest(form.problem)
        name = form.cleaned_data.get("table", self.table)
        rows = Table(
            name, form.period, form.cleaned_data["by"], hides_small=hides_small(request.user, self.about)
        ).rows()
        record_report("report.export", form, by=request.user, table=name, rows=len(rows))
        title = f"OFFICIAL-SENSITIVE {name} {form.period.first} to {form.period.last}"
        return csv_response(title, rows[0].keys() if rows else [], (row.values() for row in rows))


class Behind(ListPage):
    """The referrals, and so the cases, behind a figure: those of them that the reader sees anyway."""

    template_name = "insight/cases.html"
    verb = "report.cases"
    about, report, by = TABLES["o2r_pilot"], "insight:programme", "area"
    orders = {"-referred_on": ("-referred_on", "-id"), "referred_on": ("referred_on", "id")}

    @property
    def permission_required(self):
        return self.about.opens

    def refuse_unknown(self):
        """The form says what is not among its fields."""

    @cached_property
    def form(self):
        asked = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            asked.pop(name, None)
        form = BehindForm(asked, user=self.request.user, about=self.about)
        if form.problem:
            raise BadRequest(form.problem)
        return form

    def scope(self):
        user = self.request.user
        case = Case.objects.visible_to(user).filter(referral=OuterRef("pk"))
        seen = Referral.objects.visible_to(user).filter(pk__in=self.form.referrals.values("pk"))
        if self.form.measured.is_health:
            withheld = FollowUp.objects.withheld_from(user).filter(case__offender=OuterRef("offender"))
            seen = seen.exclude(Exists(withheld))
        return seen.with_names().annotate(case_pk=Subquery(case.values("pk")[:1]))

    def get_context_data(self, **kwargs):
        query = {name: value for name, value in self.form.query.items() if name != "by"}
        return super().get_context_data(
            measure=self.form.measured,
            period=self.form.period,
            row=self.form.cleaned_data["key"],
            report_url=f"{reverse(self.report)}?{urlencode(query | {'by': self.by})}",
            **kwargs,
        )
