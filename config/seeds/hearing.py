"""How some of the demonstration's staff chose to hear of things."""

from partners.notices.hearing import prefer

CHOICES = [{"task": "daily", "referral": "daily"}, {"deadline": "now", "quiet_hours": False}, {"cover": "never"}]


def choose_some(staff):
    """Every fifth of them chose something."""
    for number, user in enumerate(staff[::5]):
        prefer(CHOICES[number % len(CHOICES)], by=user)
