"""What a member of staff is told of, how they may hear of it, and what they may not close their ears to."""

from django.db.models import TextChoices


class Occasion(TextChoices):
    """What a message to a member of staff is about, in one word; each chooses how they hear of it."""

    DEPARTURE = "departure", "Someone left rehab early, died, or was taken from it"
    CONCERN = "concern", "A concern about someone"
    EMERGENCY = "emergency", "A record opened in an emergency"
    REFERRAL = "referral", "What became of a referral you sent"
    TASK = "task", "A task that someone gave you"
    DEADLINE = "deadline", "A deadline that is near or past"
    REVIEW = "review", "A review of your cases, and what it asks"
    APPROVAL = "approval", "Something to approve, or approved"
    COVER = "cover", "Cases or work handed to you, and cover for someone away"
    SYSTEM = "system", "A partner system that needs looking after"
    DOCUMENT = "document", "A file you added that holds a virus"
    DIGEST = "digest", "The daily digest"
    PASSWORD = "password", "A link to choose a password"
    ACCOUNT = "account", "Your account: how you sign in"


class How(TextChoices):
    NOW = "now", "At once"
    DAILY = "daily", "In a daily digest"
    NEVER = "never", "Not at all"


URGENT = (Occasion.DEPARTURE, Occasion.CONCERN, Occasion.EMERGENCY)  # told at once, at any hour, whatever they chose
AT_ONCE = (*URGENT, Occasion.PASSWORD, Occasion.ACCOUNT)  # and what someone asked for, or must hear of their account
CHOSEN = tuple(one for one in Occasion if one not in (*AT_ONCE, Occasion.DIGEST))
USUALLY = {Occasion.DEADLINE: How.DAILY}  # where they did not choose; at once where it is not said here
