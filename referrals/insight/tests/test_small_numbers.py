import itertools

from referrals.insight.small_numbers import FEWER, HIDDEN, hidden


def test_nothing_small_hides_nothing():
    assert hidden({}) == {}
    assert hidden({"A": 0, "B": 5, "C": 40}) == {}


def test_a_small_total_is_hidden():
    assert hidden({"": 4}) == {"": FEWER}
    assert hidden({"": 5}) == {}


def test_a_second_row_is_hidden_with_the_only_small_one():
    assert hidden({"A": 3, "B": 9, "C": 40}) == {"A": FEWER, "B": HIDDEN}


def test_more_are_hidden_where_the_second_is_too_small_to_cover_the_first():
    assert hidden({"A": 1, "B": 5, "C": 40}) == {"A": FEWER, "B": HIDDEN, "C": HIDDEN}


def test_where_all_are_small_nothing_says_which():
    assert hidden({"A": 4, "B": 4, "C": 0}) == {"A": HIDDEN, "B": HIDDEN}


def test_the_total_gives_no_small_number_away():
    """Whoever knows the total, what is shown and the rule cannot tell what a row counted as fewer than five is."""
    for numbers in itertools.combinations_with_replacement([0, 1, 2, 3, 4, 5, 6, 7, 12], 4):
        counts = dict(zip("ABCD", numbers, strict=True))
        words = hidden(counts)
        rest = sum(counts[row] for row in words)
        bounds = [range(1, 5) if word == FEWER else range(5, rest + 1) for word in words.values()]
        could_be = [guess for guess in itertools.product(*bounds) if sum(guess) == rest]
        for position, word in enumerate(words.values()):
            assert word == HIDDEN or {guess[position] for guess in could_be} == {1, 2, 3, 4}, numbers
