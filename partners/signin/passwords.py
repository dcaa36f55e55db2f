"""Which passwords are too easy, besides short and common ones. What kinds of character they are of is nobody's rule."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from partners.models import Agency

OURS = {"throughcare", "offender", "rehab", "divert", "police", "probation"}
SHORTEST = 4  # letters of a word that counts: shorter ones are in many others
ROWS = "abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm"
LONGEST = 500
LEFT = 8  # characters that must be left without what is easy


def letters(text):
    return set(re.findall(rf"\w{{{SHORTEST},}}", text.lower()))


class Guessable:
    """Of a password, what is left without the words everyone here would try first, runs and repetition, is enough."""

    def validate(self, password, user=None):
        if len(password) > LONGEST:  # what follows takes longer, the longer it is
            raise ValidationError(f"A password must be {LONGEST} characters or fewer.", code="too_long")
        left = re.sub(r"(19|20)\d\d", "", password.lower())  # a year
        for word in sorted(self.words(user), key=len, reverse=True):
            left = left.replace(word, "")
        for row in ROWS:
            for run in (row * 2, row[::-1] * 2):
                left = re.sub("|".join(re.escape(run[n : n + SHORTEST]) for n in range(len(row))), "", left)
        left = re.sub(r"(.{2,}?)\1+", r"\1", left)  # one of what is repeated
        CommonPasswordValidator().validate(left.strip("0123456789!?.,-_ "))
        if len(left.strip()) < LEFT:
            raise ValidationError(
                "This is too easy to guess: it is made of repetition, or of words that anyone here would try, as the"
                " names of yourself, an agency or this system. Add words that have nothing to do with them.",
                code="guessable",
            )

    def words(self, user):
        """What is known of the user and of all who take part, and so is in nobody's password alone."""
        known = OURS | {word for names in Agency.objects.values_list("name", "short_name") for word in names}
        if user:
            known |= {user.given_names, user.family_name, user.email, user.collar_number}
        return set().union(*map(letters, known))

    def get_help_text(self):
        return "Not made of the names of yourself, an agency or this system."
