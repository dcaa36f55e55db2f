"""The dated settings, and what they say on a day."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models

from .dated import Dated, days


class Setting(Dated):
    """A figure that policy or evidence decides, and may change: never a constant in code."""

    class Key(models.TextChoices):
        GOODS_MULTIPLIER = "goods_multiplier", "Pounds of goods stolen for a pound of drugs"
        LOW_DAILY_SPEND = "low_daily_spend", "Pounds a day counted at the most in the low estimate"
        HIGH_DAILY_SPEND = "high_daily_spend", "Pounds a day for a person not assessed, in the high estimate"
        STAFF_COST = "staff_cost", "Pounds a year that the programme's staff cost"
        UNPRICED_STAY = "unpriced_stay", "Pounds for a stay whose price is not known: low, central, high"
        FOLLOW_UP_WEEKS = "follow_up_weeks", "Weeks after departure at which a follow-up is due"
        FOLLOW_UP_ATTEMPTS = "follow_up_attempts", "Attempts before a follow-up is recorded as not reached"
        LAPSE_DAYS = "lapse_days", "Days in which the plan is gone through again after a lapse"
        EMERGENCY_ACCESS_HOURS = "emergency_access_hours", "Hours for which a person is opened in an emergency"
        INVOLVEMENT_DAYS = "involvement_days", "Days an agency keeps sight of a person after its work ends"
        HOLD_MINUTES = "hold_minutes", "Minutes for which a slot is held while a referral is finished"
        SLOT_DAYS = "slot_days", "Days ahead for which slots are offered"
        JOURNEY_DAYS = "journey_days", "Days after which a referral that was begun and left is cleared"
        CONTACT_DAYS = "contact_days", "Working days until someone referred should have been reached"
        CONTACT_ATTEMPTS = "contact_attempts", "Attempts to reach someone before “not engaged” is proposed"
        APPROVAL_FROM_GRAVITY = "approval_from_gravity", "Gravity score from which a resolution needs approval"
        REMINDER_HOURS = "reminder_hours", "Hours before an appointment at which people are reminded"
        PLAN_WARNING_DAYS = "plan_warning_days", "Days before leaving rehab at which an empty plan is pressed"
        LINK_DAYS = "link_days", "Days for which someone outside may answer an action by a link"
        STAY_WEEKS = "stay_weeks", "Weeks for which a rehab place is booked unless another day of leaving is said"
        AGREEMENT_WARNING_DAYS = "agreement_warning_days", "Days before an agreement ends at which people are warned"
        CONCERN_DAYS = "concern_days", "Days within which a concern of a rehab is looked into"
        CHECKLIST_DAYS = "checklist_days", "Days for which what happened in rehab, or after it, still starts tasks"
        CONTACT_AFTER_DAYS = "contact_after_days", "Days within which someone who left rehab early is spoken with"
        REVIEW_WEEKS = "review_weeks", "Weeks between a supervisor's reviews of a case"
        SAMPLE_SIZE = "sample_size", "Cases that a dip sample picks"
        LOAD_OF_PHASE = "load_of_phase", "Load of a client: assessing, preparing, detox, in rehab, throughcare"
        LOAD_OF_RISK = "load_of_risk", "Load that a high risk adds"
        LOAD_LIMIT = "load_limit", "Load that one worker should not go beyond"
        ANSWER_DAYS = "answer_days", "Working days until a referral is answered"
        ASSESS_DAYS = "assess_days", "Working days until someone accepted by O2R is assessed"
        PLACE_ANSWER_DAYS = "place_answer_days", "Working days until a rehab answers a request for a place"
        DUE_SOON_DAYS = "due_soon_days", "Working days before a deadline at which its worker is told"
        SNOOZE_DAYS = "snooze_days", "Days for which a task may be put off at one time"
        DIGEST_HOUR = "digest_hour", "Hour of the day at which the daily digest goes out"
        QUIET_HOURS = "quiet_hours", "Hours from and to which what can wait is not sent"
        ACCESS_REVIEW_MONTHS = "access_review_months", "Months between reviews of who has access at an agency"
        APPROVAL_FROM_POUNDS = "approval_from_pounds", "Pounds of funding from which a second supervisor agrees"
        LEFT_DAYS = "left_days", "Days after which what was begun and left counts as a gap in the data"
        KEEP_YEARS = (
            "keep_years",
            "Years until a record is reviewed: public protection, serious, other, treatment",
        )
        REVIEW_AHEAD_DAYS = "review_ahead_days", "Days before a record is due for review at which it is listed"
        SUBJECT_ACCESS_DAYS = "subject_access_days", "Days within which a request for one's own data is answered"
        ALERT_PEOPLE = "alert_people", "People one may open in a day before a reviewer is asked to look"
        ALERT_HOURS = "alert_hours", "Hours from and to which reading many records is asked about"
        TOKEN_DAYS = "token_days", "Days for which a partner system's token holds"
        CALLS_A_MINUTE = "calls_a_minute", "Calls a minute that one partner system may make"
        FILE_MEGABYTES = "file_megabytes", "Megabytes that one file may have"

    key = models.CharField(max_length=40, choices=Key)
    values = ArrayField(
        models.DecimalField(max_digits=10, decimal_places=2), help_text="One figure, or several: 1, 4, 12."
    )
    source = models.CharField(max_length=300, help_text="Where the figure comes from.")
    is_assumption = models.BooleanField(default=False, help_text="Not confirmed by a source.")

    class Meta(Dated.Meta):
        ordering = ["key", "-valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            ExclusionConstraint(
                name="setting_has_one_value_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (days(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Another value holds on some of these days. End that one first.",
            ),
        ]

    def __str__(self):
        return f"{self.get_key_display()}: {self.figures}"

    @property
    def figures(self):
        return ", ".join(f"{Decimal(value).normalize():f}" for value in self.values)


def last_setting(key, day):
    """The same of that day; where none holds, those that held last before it."""
    rows = Setting.objects.filter(key=key, valid_from__lte=day).order_by("-valid_from")
    return rows.values_list("values", flat=True)[0]


def setting(key, day=None):
    """The figures that hold for this key on that day (today when left out), as a list of Decimals.

    Raises LookupError where none holds: a rule must not run on a guess.
    """
    row = Setting.objects.on(day).filter(key=key).values_list("values", flat=True).first()
    if row is None:
        raise LookupError(f"No setting “{key}” holds on {day or 'today'}.")
    return row
