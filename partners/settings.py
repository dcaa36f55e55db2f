"""What the dated settings say on a day."""

from .models import Setting


def setting(key, day=None):
    """The figures that hold for this key on that day (today when left out), as a list of Decimals.

    Raises LookupError where none holds: a rule must not run on a guess.
    """
    row = Setting.objects.on(day).filter(key=key).values_list("values", flat=True).first()
    if row is None:
        raise LookupError(f"No setting “{key}” holds on {day or 'today'}.")
    return row
