import simplejson
from django.core.management.base import BaseCommand, CommandError

from referrals.insight.forms import ReportForm
from referrals.insight.tables import TABLES, Table


class Command(BaseCommand):
    help = "Print a table of figures for a period. Nothing is hidden: it is for those who administer this machine."

    def add_arguments(self, parser):
        parser.add_argument("table", help=f"One of: {', '.join(TABLES)}.")
        parser.add_argument("--from", required=True, metavar="DATE", help="The first day, as 2021-07-01.")
        parser.add_argument("--to", required=True, metavar="DATE", help="The last day, included.")
        parser.add_argument("--as-of", default="", metavar="DATE", help="The day whose knowledge counts; else today.")
        parser.add_argument("--by", default="", metavar="BREAKDOWN", help="area, month and so on.")
        parser.add_argument("--json", action="store_true", help="As a JSON list, to be read by a program.")

    def handle(self, *, table, **options):
        if table not in TABLES:
            raise CommandError(f"There is no table “{table}”. There are: {', '.join(TABLES)}.")
        form = ReportForm({name: options[name] for name in ("from", "to", "as_of", "by")}, about=TABLES[table])
        if form.problem:
            raise CommandError(form.problem)
        rows = Table(table, form.period, form.cleaned_data["by"]).rows()
        if options["json"]:
            self.stdout.write(simplejson.dumps(rows, use_decimal=True, indent=2))
            return
        lines = [("Measure", "Breakdown", "From", "To", "Value", "Unit")]
        for row in rows:
            *words, value, unit = row.values()
            lines.append((*words, "not known" if value is None else f"{value:,}", unit))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            *words, value, unit = (text.ljust(width) for text, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join([*words, value.strip().rjust(len(value)), unit]).rstrip())
