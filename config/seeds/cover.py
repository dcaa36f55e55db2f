"""Who is away and who stands in for them, today and soon; and what each is good at."""

from datetime import timedelta

from django.utils import timezone

from referrals.models import Cover

SKILLS = [["punjabi", "women"], ["alcohol", "dual_diagnosis"], ["urdu", "young_people"], ["homelessness"]]


def away(by_role):
    """Someone on leave in either team, and someone who goes on a course."""
    today, facilitators, workers = timezone.localdate(), by_role["facilitator"], by_role["cranstoun_worker"]
    for user, skills in zip([*facilitators, *workers], [*SKILLS, *SKILLS], strict=False):
        user.skills = skills
        user.save(update_fields=["skills"])
    for arranger, absent, covered_by, begins, days, reason in (
        ("supervisor", facilitators[3], facilitators[2], 0, 9, "leave"),
        ("supervisor", facilitators[1], facilitators[0], 14, 2, "course"),
        ("cranstoun_manager", workers[1], workers[2], 0, 4, "sickness"),
    ):
        first = today + timedelta(days=begins)
        Cover.arrange(
            by=by_role[arranger][0], absent=absent, covered_by=covered_by, first=first,
            last=first + timedelta(days=days), reason=reason,
        )  # fmt: skip
