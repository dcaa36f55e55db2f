"""Figures about so few people that they would tell who: one to four. Source: the usual threshold of five."""

SMALL = 5
FEWER = "fewer than 5"
HIDDEN = "hidden"


def is_small(number):
    return 0 < number < SMALL


def hidden(counts):
    """{row: the words in its place} for the rows of {row: count} that may not be shown.

    Counts of one to four are hidden. So that the total does not give them away, the smallest others follow
    until each small one could be anything from one to four. Where there are not enough others, nothing says
    which are the small ones.
    """
    small = [row for row, number in counts.items() if is_small(number)]
    if not small or len(counts) == 1:
        return dict.fromkeys(small, FEWER)
    others = sorted((row for row, number in counts.items() if number >= SMALL), key=counts.get)
    total, covers = sum(counts[row] for row in small), []
    # what one small row may be at the most: the hidden total, less the least the other hidden rows can be
    while not covers or total - (len(small) - 1) - SMALL * len(covers) < SMALL - 1:
        if not others:
            return dict.fromkeys([*small, *covers], HIDDEN)
        covers.append(others.pop(0))
        total += counts[covers[-1]]
    return dict.fromkeys(small, FEWER) | dict.fromkeys(covers, HIDDEN)
