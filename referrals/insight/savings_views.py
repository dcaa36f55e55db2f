"""What the programme saved and what it cost: the page, the file to take away, and person by person."""

from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.functional import cached_property

from offenders.models import Offender
from partners.frame.pages import ListPage
from referrals.rehab.costs import Costs, costs_used
from referrals.rehab.models import Assessment, FollowUp, Placement
from referrals.rehab.savings import BASES, Savings, figures_used, savings, savings_after

from .forms import PILOT_YEAR, ReportForm
from .measures import costs_by, saved_after_by, saved_by, stayed
from .small_numbers import is_small
from .tables import TABLES, About
from .views import Export, Report

ABOUT = TABLES["o2r_savings"]
CENTRAL = [each for each in ABOUT.measures if not each.name.endswith(("_low", "_high"))]


class Saved(Report):
    """Days in rehab and after it, what they saved in either method, and what is left after staff and places."""

    about, table, first = ABOUT, "o2r_savings", PILOT_YEAR
    template_name = "insight/savings.html"

    def report(self, form):
        context, period = super().report(form), self.period
        rehab = saved_by(period).get("", Savings())
        after = saved_after_by(period).get("", Savings())
        costs = costs_by(period).get("", Costs())
        return context | {
            "is_pilot": (period.first, period.last) == PILOT_YEAR[1:],
            "tiers": [self.tier(rehab), self.tier(after)],
            "costs": None if self.too_few(rehab) else costs,
            "bases": BASES.items(),
            "used": [*figures_used(period.first, period.until), *costs_used(period.first, period.until)],
            "csv_url": f"{reverse('insight:savings_export')}?{urlencode(form.query)}",
            "people_url": self.people_url(form) if self.opens else "",
        }

    def too_few(self, saved):
        return self.hides and (is_small(saved.people) or is_small(saved.missing_people))

    def tier(self, saved):
        return None if self.too_few(saved) else saved

    @staticmethod
    def people_url(form):
        days = {name: value for name, value in form.query.items() if name != "by"}
        return f"{reverse('insight:savings_people')}?{urlencode(days)}"

    def charts(self):
        """None: three estimates are read side by side, in the tables."""

    def url(self, measure, **row):
        """Money is of days, not of referrals: there is nothing to open but the people's own page."""
        return ""

    def counted(self, about=None, by=""):
        return super().counted(about or About(CENTRAL, ABOUT.breakdowns), by)


class SavedExport(Export):
    about, table = ABOUT, "o2r_savings"


class SavedByPerson(ListPage):
    """Person by person, the central estimates: of those of whom the reader may read all that they rest on."""

    template_name = "insight/savings_people.html"
    permission_required = ABOUT.opens
    verb = "savings.people"
    orders = {"name": ("family_name", "given_names", "id")}

    def refuse_unknown(self):
        """The form says what is not among its fields."""

    @cached_property
    def form(self):
        asked = self.request.GET.copy()
        for name in ("sort", "after", "before"):
            asked.pop(name, None)
        form = ReportForm(asked, user=self.request.user, about=ABOUT)
        if form.problem:
            raise BadRequest(form.problem)
        return form

    def hidden(self, user):
        """Whether anything that their figures tell is not the reader's to read."""
        assessed = Assessment.objects.filter(case__offender=OuterRef("pk"))
        stays = Placement.objects.filter(offender=OuterRef("pk"))
        return (
            Exists(assessed.exclude(pk__in=Assessment.objects.visible_to(user).values("pk")))
            | Exists(stays.exclude(pk__in=Placement.objects.visible_to(user).values("pk")))
            | Exists(FollowUp.objects.withheld_from(user).filter(case__offender=OuterRef("pk")))
        )

    def scope(self):
        user = self.request.user
        there = stayed(self.form.period).filter(pk__in=Placement.objects.visible_to(user).values("pk"))
        return Offender.objects.filter(~self.hidden(user), pk__in=there.order_by().values("offender"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(period=self.form.period, **kwargs)
        period, people = self.form.period, context["page"].rows
        stays = Placement.objects.filter(offender__in=[person.pk for person in people])
        stays = stays.annotate(key=Cast("offender", CharField()))
        asked = [(None, period.first, period.until)]
        rehab, after = savings(stays, asked), savings_after(stays, asked, period.until)
        rows = [(one, rehab.get(str(one.pk), Savings()), after.get(str(one.pk), Savings())) for one in people]
        query = {name: value for name, value in self.form.query.items() if name != "by"}
        return context | {"rows": rows, "back": f"{reverse('insight:savings')}?{urlencode(query)}"}
