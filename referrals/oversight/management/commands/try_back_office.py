from partners.trial import TrialCommand
from referrals.oversight.trial import SLOW, try_back_office


class Command(TrialCommand):
    help = (
        "Time the lists and pages of the back office over very many rows, on a database made for it and taken away "
        f"afterwards. The pages that take more than {SLOW} ms come last, and are a failure."
    )
    attempt, slow, over = staticmethod(try_back_office), f"{SLOW} ms", "rows of each large table"
