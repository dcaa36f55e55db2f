from partners.audit.trial import SLOW, try_questions
from partners.trial import TrialCommand


class Command(TrialCommand):
    help = (
        "Time the ten questions of the record over very many events, on a database made for it and taken away "
        f"afterwards. More than {SLOW} s is a failure."
    )
    attempt, slow, over = staticmethod(try_questions), f"{SLOW} s", "events"
