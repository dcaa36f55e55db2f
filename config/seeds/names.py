"""Invented people. Any likeness to someone living is chance."""

# given names (women, men), family names, and the self-defined ethnicities they are drawn with
POOLS = [
    (
        16,
        ["Kelly", "Donna", "Leanne", "Stacey", "Tracy", "Gemma", "Hayley", "Kirsty", "Paula", "Shelley", "Joanne"],
        ["Craig", "Wayne", "Darren", "Lee", "Carl", "Shane", "Gary", "Dean", "Ricky", "Scott", "Jason", "Paul", "Mark"],
        [
            "Hadley",
            "Tranter",
            "Bloxham",
            "Perks",
            "Round",
            "Whitehouse",
            "Grainger",
            "Fellows",
            "Hickman",
            "Jukes",
            "Aldridge",
            "Beddoes",
            "Cartwright",
            "Dunn",
            "Edkins",
            "Foxall",
            "Garbett",
            "Homer",
            "Insull",
            "Kendrick",
            "Lovatt",
            "Mole",
            "Nock",
            "Onions",
            "Palfrey",
            "Rudge",
            "Tipper",
            "Underhill",
        ],
        ["W1", "W1", "W1", "W1", "W2", "W9", "NS", "UN"],
    ),
    (
        5,
        ["Aisha", "Samina", "Rukhsana", "Harpreet", "Simran", "Nasreen"],
        ["Imran", "Kashif", "Tariq", "Gurdeep", "Balvinder", "Shahid", "Rafiq", "Jaspal"],
        [
            "Mahmood",
            "Rehal",
            "Sandhar",
            "Choudry",
            "Akhtar",
            "Bhogal",
            "Miah",
            "Dosanjh",
            "Kazmi",
            "Virdi",
            "Uddin",
            "Bains",
            "Sarwar",
        ],
        ["A1", "A2", "A2", "A3", "A9"],
    ),
    (
        4,
        ["Chantelle", "Marcia", "Sharon", "Tanisha"],
        ["Leroy", "Delroy", "Jerome", "Marlon", "Winston", "Kofi"],
        [
            "Campbell-Reid",
            "Osei",
            "Grantley",
            "Beckford",
            "Addo",
            "Francis",
            "Dawkins",
            "Asante",
            "Palmer-Brown",
            "Nkrumah",
        ],
        ["B1", "B1", "B2", "B9"],
    ),
    (
        3,
        ["Jade", "Danielle", "Naomi"],
        ["Jordan", "Reece", "Kieran", "Aaron"],
        ["Sealey", "Dacres", "Lowe", "Pearce", "Mullings"],
        ["M1", "M1", "M3", "M9"],
    ),
]

# title, given names, family name, role, agency, unit; officers have a collar number too
STAFF = [
    ("PC", "Rachel", "Ainsworth", "officer", "WMP", "Birmingham"),
    ("PC", "Tom", "Ellery", "officer", "WMP", "Birmingham"),
    ("PC", "Yusuf", "Darr", "officer", "WMP", "Sandwell"),
    ("PC", "Grace", "Oduya", "officer", "WMP", "Coventry"),
    ("PC", "Liam", "Corrigan", "officer", "WMP", "Wolverhampton"),
    ("PC", "Priya", "Nandra", "officer", "WMP", "Force Response"),
    ("Sgt", "Helen", "Marsden", "officer", "WMP", "Walsall"),
    ("PS", "Neil", "Bramhall", "custody_officer", "WMP", "Force Response"),
    ("PC", "Ama", "Boateng", "facilitator", "WMP", "Offender to Rehab team"),
    ("PC", "Mark", "Duggan-Hall", "facilitator", "WMP", "Offender to Rehab team"),
    ("PC", "Sunita", "Rai", "facilitator", "WMP", "Offender to Rehab team"),
    ("PC", "Owen", "Pritchard", "facilitator", "WMP", "Offender to Rehab team"),
    ("Sgt", "Claire", "Whitmore", "supervisor", "WMP", "Offender to Rehab team"),
    ("Insp", "David", "Achebe", "supervisor", "WMP", "Offender to Rehab team"),
    ("Insp", "Fiona", "Lacey", "resolution_lead", "WMP", "Neighbourhood Justice Team"),
    ("", "Joe", "Santangelo", "cranstoun_worker", "Cranstoun", None),
    ("", "Beth", "Hargreaves", "cranstoun_worker", "Cranstoun", None),
    ("", "Kwame", "Mensah-Clarke", "cranstoun_worker", "Cranstoun", None),
    ("", "Lorna", "Fitch", "arrest_referral_worker", "Cranstoun", None),
    ("", "Harjit", "Bassi", "arrest_referral_worker", "Cranstoun", None),
    ("", "Angela", "Rowntree", "cranstoun_manager", "Cranstoun", None),
    ("", "Marcus", "Delaney", "cgl_worker", "CGL", None),
    ("", "Shabnam", "Iqbal-Moore", "cgl_worker", "CGL", None),
    ("", "Ruth", "Penhale", "cgl_worker", "CGL", None),
    ("", "Sister Anne", "Dowd", "rehab_provider", "Ashgrove House", None),
    ("", "Colin", "Thackray", "rehab_provider", "Meadowbank", None),
    ("", "Ewa", "Zielak", "rehab_provider", "Lantern Trust", None),
    ("", "Martin", "Sole", "throughcare_partner", "Canalside Housing", None),
    ("", "Nadia", "Peverell", "analyst", "WMP", None),
    ("", "Graham", "Tuck", "auditor", "WMP", None),
    ("", "Sarah", "Lindqvist", "administrator", "WMP", None),
    ("", "Dewi", "Prosser", "administrator", "WMP", None),
]

# a second hat: who, role, agency, unit
SECOND_HATS = [
    ("Marcus Delaney", "facilitator", "WMP", "Offender to Rehab team"),
    ("Ama Boateng", "officer", "WMP", "Birmingham"),
]

# agency, kind
AGENCIES = [
    ("Ashgrove House", "rehab"),
    ("Meadowbank", "rehab"),
    ("Lantern Trust", "rehab"),
    ("Probation Service", "probation"),
    ("Canalside Housing", "charity"),
    ("Fairway Stores", "retailer"),
]

# name, agency, places, takes, detox on site, price a week, restrictions
REHAB_UNITS = [
    ("Ashgrove House", "Ashgrove House", 14, "mixed", True, "940.00", "No arson convictions."),
    ("Meadowbank", "Meadowbank", 10, "men", False, "760.00", "Detox must be complete on arrival."),
    ("Lantern House", "Lantern Trust", 8, "women", True, "1015.00", ""),
    ("Lantern Lodge", "Lantern Trust", 6, "men", False, "820.00", "No sexual offences."),
]

# funder, kind, pounds for a financial year
FUNDERS = [
    ("Proceeds of crime fund", "proceeds", 400_000),
    ("City drug and alcohol commissioner", "commissioner", 350_000),
    ("Fairway Stores", "retailer", 220_000),
    ("Second Start Foundation", "charity", 190_000),
]
