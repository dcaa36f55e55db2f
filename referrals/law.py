"""What everyone starts from: which drug is of which class since when, and the offences that bring people here.

Rows to be checked and continued in the back office: those that no source in hand confirms say that they are assumed.
"""

import datetime as dt

from .models import Drug, Offence

SINCE = dt.date(1973, 7, 1)  # the Misuse of Drugs Act 1971 in force
ACT = "Misuse of Drugs Act 1971, Schedule 2"
CLASSES = "Dates of the amending orders, not checked against their text"

# name, its classes one after another as (class, from), source, whether it is an assumption
DRUGS = [
    ("Cannabis", [("B", SINCE), ("C", dt.date(2004, 1, 29)), ("B", dt.date(2009, 1, 26))], CLASSES, True),
    ("Cocaine", [("A", SINCE)], ACT, True),
    ("Crack cocaine", [("A", SINCE)], ACT, True),
    ("Heroin", [("A", SINCE)], ACT, True),
    ("Ecstasy (MDMA)", [("A", dt.date(1977, 6, 20))], CLASSES, True),
    ("LSD", [("A", SINCE)], ACT, True),
    ("Psilocybin mushrooms", [("A", dt.date(2005, 7, 18))], CLASSES, True),
    ("Methadone", [("A", SINCE)], ACT, True),
    ("Methamphetamine", [("B", SINCE), ("A", dt.date(2007, 1, 18))], CLASSES, True),
    ("Fentanyl", [("A", SINCE)], ACT, True),
    ("Nitazenes", [("A", dt.date(2024, 3, 20))], "Home Office circulars 001/2024 and 002/2025", False),
    ("Amphetamine", [("B", SINCE)], ACT, True),
    ("Ketamine", [("C", dt.date(2006, 1, 1)), ("B", dt.date(2014, 6, 10))], CLASSES, True),
    ("Codeine", [("B", SINCE)], ACT, True),
    ("Barbiturates", [("B", dt.date(1985, 1, 1))], CLASSES, True),
    ("Synthetic cannabinoids", [("B", dt.date(2009, 12, 23))], CLASSES, True),
    ("Mephedrone", [("B", dt.date(2010, 4, 16))], CLASSES, True),
    ("Methylphenidate", [("B", SINCE)], ACT, True),
    ("GHB", [("C", dt.date(2003, 7, 1)), ("B", dt.date(2022, 4, 13))], CLASSES, True),
    ("GBL", [("C", dt.date(2009, 12, 23)), ("B", dt.date(2022, 4, 13))], CLASSES, True),
    ("Benzodiazepines", [("C", dt.date(1986, 4, 1))], CLASSES, True),
    ("Anabolic steroids", [("C", dt.date(1996, 9, 1))], CLASSES, True),
    ("BZP", [("C", dt.date(2009, 12, 23))], CLASSES, True),
    ("Khat", [("C", dt.date(2014, 6, 24))], CLASSES, True),
    ("Tramadol", [("C", dt.date(2014, 6, 10))], CLASSES, True),
    ("Pregabalin", [("C", dt.date(2019, 4, 1))], CLASSES, True),
    ("Gabapentin", [("C", dt.date(2019, 4, 1))], CLASSES, True),
    ("Nitrous oxide", [("C", dt.date(2023, 11, 8))], "In force on 8 November 2023, as the press reported", False),
    ("Xylazine", [("C", dt.date(2025, 1, 15))], "Home Office circular 002/2025", False),
]

COUNTED = dt.date(2000, 1, 1)
COUNTING = "Home Office counting rules; the code was not checked against them"
P, V, A, OTHER = Offence.Kind.POSSESSION, Offence.Kind.VIOLENCE, Offence.Kind.ACQUISITIVE, Offence.Kind.OTHER

# one drug has an offence of its own; the possession of any other is another
CANNABIS, OF_CANNABIS, OF_ANOTHER = "Cannabis", "92E", "92D"

# code, title, kind
OFFENCES = [
    (OF_CANNABIS, "Possession of cannabis", P),
    (OF_ANOTHER, "Possession of a controlled drug other than cannabis", P),
    ("92C", "Other drug offence", OTHER),
    ("92A", "Trafficking in a controlled drug", OTHER),
    ("8N", "Assault with injury", V),
    ("105A", "Assault without injury", V),
    ("9A", "Public fear, alarm or distress", V),
    ("58D", "Other criminal damage", OTHER),
    ("46", "Theft from a shop", A),
    ("49", "Other theft", A),
]


def is_of(offence, drug):
    """Whether this can be the offence of having this drug."""
    return offence.code != (OF_ANOTHER if drug.name == CANNABIS else OF_CANNABIS)


def load():
    """Add what is not there: a drug or a code that has rows of its own is the administrators'."""
    for name, classes, source, is_assumption in DRUGS:
        if Drug.objects.filter(name=name).exists():
            continue
        ends = [since - dt.timedelta(days=1) for _, since in classes[1:]] + [None]
        for (drug_class, since), until in zip(classes, ends, strict=True):
            Drug.objects.create(
                name=name, drug_class=drug_class, valid_from=since, valid_to=until, source=source,
                is_assumption=is_assumption,
            )  # fmt: skip
    for code, title, kind in OFFENCES:
        if not Offence.objects.filter(code=code).exists():
            Offence.objects.create(
                code=code, title=title, kind=kind, valid_from=COUNTED, source=COUNTING, is_assumption=True
            )
