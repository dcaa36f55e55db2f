"""What Divert's spreadsheet names besides: who takes part, officers' units, drugs and offences."""

import re

from django.utils import timezone

from offenders.models import Involvement
from partners.models import Agreement, Membership, Service
from referrals.history import known
from referrals.history.known import Unknown
from referrals.models import Drug, Offence
from referrals.pathways import OVERSIGHT, Pathway

SOURCE = "The programme's spreadsheet"

# what people say for a drug that the law calls otherwise
SAID = {
    "crack": "Crack cocaine", "diamorphine": "Heroin",
    "magic mushrooms": "Psilocybin mushrooms", "mushrooms": "Psilocybin mushrooms", "speed": "Amphetamine",
    "spice": "Synthetic cannabinoids", "mamba": "Synthetic cannabinoids", "diazepam": "Benzodiazepines",
    "benzodiazepine": "Benzodiazepines", "steroids": "Anabolic steroids", "crystal meth": "Methamphetamine",
    "cannabis resin": "Cannabis", "herbal cannabis": "Cannabis", "cannabis herbal": "Cannabis",
}  # fmt: skip


class Known(known.Known):
    """The names the database knows, with the two sides of Divert, officers by collar number, drugs and offences."""

    def __init__(self, *, create):
        services = Service.objects.on().select_related("agency", "unit")
        divert, oversight = (services.filter(pathway=name).first() for name in (Pathway.DIVERT, OVERSIGHT))
        if divert is None or oversight is None:
            raise LookupError("No service takes Divert referrals, or none oversees resolutions. Add it first.")
        super().__init__(create=create, home=oversight.agency)
        self.receiver, self.overseer = (divert.agency, divert.unit), (oversight.agency, oversight.unit)
        self.since = max(divert.valid_from, oversight.valid_from)
        self._agree()
        self._drugs, self._offences = {}, {}
        for drug in Drug.objects.order_by("-valid_from"):
            for name in {drug.name, *re.findall(r"[^()]*[^() ]", drug.name)}:  # Ecstasy (MDMA) is either
                self._drugs.setdefault(name.strip().casefold(), []).append(drug)
        for offence in Offence.objects.order_by("-valid_from"):
            self._offences.setdefault(offence.code.casefold(), []).append(offence)
        self._posts = {}
        officers = Membership.objects.filter(agency=self.home, unit__isnull=False).exclude(user__collar_number="")
        for post in officers.select_related("user", "unit__agency"):
            self._posts.setdefault(post.user.collar_number.casefold(), []).append(post)

    def _agree(self):
        """Divert rests on an agreement of the two. One that has ended is for people to renew; where there never was
        one, as on a new machine, it begins with the least that one may cover, and is due for review."""
        (receiver, _), police = self.receiver, self.home
        if Involvement.may_open(receiver, police):
            return
        if Agreement.objects.filter(agencies=receiver).filter(agencies=police).exists():
            raise LookupError(f"The sharing agreement of {police} and {receiver} has ended. Renew it first.")
        agreement = self._keep(
            Agreement(
                name="Divert, as brought in with its history",
                categories=list(Agreement.LEAST),
                valid_from=timezone.localdate(),
                review_on=timezone.localdate(),
                purpose="Divert referrals and what came of them (board paper, paragraph 14)",
            )
        )
        agreement.agencies.set([receiver, police])

    def unit_of(self, collar, day):
        """The unit in which the officer with this collar number was that day; None where that is not known."""
        posts = [post for post in self._posts.get(collar.casefold(), []) if post.holds(day)]
        return posts[0].unit if len(posts) == 1 else None

    def drug(self, text, day, drug_class=None):
        """The drug of this name, in the class of the day where it had one then."""
        rows = self._drugs.get(SAID.get(text.casefold(), text).casefold())
        if rows:
            return next((self._used(row, day) for row in rows if row.holds(day) or row in self.made), rows[-1])
        self._may_make("No drug has this name")
        if drug_class is None:
            raise Unknown("No drug has this name. Say its class (drug_class), so that it can be made.")
        drug = self._keep(
            Drug(name=text, drug_class=drug_class, valid_from=day, source=SOURCE, is_assumption=True),
        )
        self._drugs[text.casefold()] = [drug]
        return drug

    def offence(self, code, day):
        """The offence of this code that day; None where the list has none."""
        rows = self._offences.get(code.casefold(), [])
        return next((row for row in rows if row.holds(day)), None)
