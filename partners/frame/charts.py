"""Charts as SVG, drawn here: no script, no style of their own, words that are words.

Each is drawn twice, wide and narrow; the style sheet shows the one that fits. The figures belong in a table beside
it, which `frame/figure.html` does. Values are numbers; None is "not known" and leaves a gap.
"""

import math
import textwrap
from decimal import Decimal
from hashlib import sha256

from django.utils.html import format_html, format_html_join

LINE = 19  # the height of a line of text
COLOURS = 6  # as many series as the style sheet has colours


def bar_chart(rows, unit, title):
    """Horizontal bars, one for each (label, value) of `rows`, none below nought, in the order given."""
    rows = [(str(label), value) for label, value in rows]
    known = [(value, label) for label, value in rows if value is not None]
    if known:
        most, label = max(known, key=lambda pair: pair[0])
        said = f"{len(rows)} bars in {words_of(unit)}. The longest is {label}, {figure(most, unit)}."
    else:
        said = "There are no figures to draw."
    return both(title, said, bars(rows, unit, wide=True), bars(rows, unit, wide=False))


def line_chart(labels, series, unit, title):
    """Lines over time: `labels` name the points, `series` is {name: [value for each label]}, at most six."""
    labels = [str(label) for label in labels]
    series = {str(name): list(values)[: len(labels)] for name, values in series.items()}
    if len(series) > COLOURS:
        raise ValueError(f"A chart of more than {COLOURS} lines cannot be read: draw fewer.")
    said = []
    for name, values in series.items():
        if known := [(label, v) for label, v in zip(labels, values, strict=False) if v is not None]:
            (first, start), (last, end) = known[0], known[-1]
            said.append(f"{name}: {figure(start, unit)} in {first}, {figure(end, unit)} in {last}.")
    said = f"In {words_of(unit)}. {' '.join(said)}" if said else "There are no figures to draw."
    return both(title, said, lines(labels, series, unit, wide=True), lines(labels, series, unit, wide=False))


def words_of(unit):
    return {"£": "pounds", "%": "per cent"}.get(unit, unit)


def figure(value, unit):
    """A value as it is printed: "1,250", "£12.50", "33%"."""
    if value is None:
        return "not known"
    value = Decimal(str(value))
    places = 0 if value == value.to_integral_value() else 2 if unit == "£" else 1
    sign = "-" if value < 0 else ""
    return f"{sign}{'£' if unit == '£' else ''}{abs(value):,.{places}f}{'%' if unit == '%' else ''}"


def both(title, said, *drawings):
    """The same chart at its two widths, each with a name and a description of its own."""
    key = sha256(f"{title}{said}".encode()).hexdigest()[:10]
    return format_html_join(
        "",
        '<svg class="tc-chart tc-chart--{kind}" viewBox="0 0 {width} {height}" role="img"'
        ' aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-desc">{said} The figures are in the table with this chart.</desc>{drawing}</svg>',
        [
            {"kind": kind, "id": f"chart-{key}-{kind}", "width": width, "height": height, "title": title, "said": said}
            | {"drawing": drawing}
            for kind, (width, height, drawing) in zip(("wide", "narrow"), drawings, strict=True)
        ],
    )


def text(x, y, words, *, anchor="start", name=""):
    classes = format_html(' class="{}"', name) if name else ""
    return format_html('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>', round(x, 1), y, anchor, classes, words)


def joined(parts):
    return format_html_join("", "{}", ((part,) for part in parts))


def bars(rows, unit, *, wide):
    """Width, height and drawing. Wide, a label stands before its bar; narrow, above it."""
    width, left, bar = (720, 210, 24) if wide else (320, 0, 20)
    room = width - left - 90
    most = max((value for _, value in rows if value is not None), default=0) or 1
    y, parts = 4, []
    for label, value in rows:
        lines = textwrap.wrap(label, 26 if wide else 40) or [""]
        height = max(bar, LINE * len(lines)) if wide else bar
        for number, line in enumerate(lines):
            if wide:
                middle = y + height / 2 - LINE * (len(lines) - 1) / 2 + 5
                parts.append(text(left - 12, round(middle + LINE * number, 1), line, anchor="end"))
            else:
                y += LINE
                parts.append(text(0, y - 5, line))
        length = round(float(room * max(value or 0, 0) / most), 1)
        top = round(y + (height - bar) / 2, 1)
        rect = '<rect class="tc-chart__bar" x="{}" y="{}" width="{}" height="{}"></rect>'
        parts.append(format_html(rect, left, top, length, bar))
        parts.append(
            text(
                left + length + (8 if wide or length else 0),
                round(top + bar / 2 + 5, 1),
                figure(value, unit),
                name="tc-chart__value",
            )
        )
        y += height + 12
    axis = '<line class="tc-chart__axis" x1="{0}" x2="{0}" y1="0" y2="{1}"></line>'
    parts.append(format_html(axis, left, y - 4) if wide else "")
    return width, y, joined(parts)


def ticks(values):
    """Round numbers from nought (or below) to past the greatest: four to six of them."""
    low, high = min([0, *values]), max([0, *values])
    if low == high:
        return [0, 1]
    rough = float(high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough)
    if all(float(value).is_integer() for value in values):
        step = max(1, math.ceil(step))
    first, last = math.floor(float(low) / step), math.ceil(float(high) / step)
    return [round(step * number, 10) for number in range(first, last + 1)]


def lines(labels, series, unit, *, wide):
    """Width, height and drawing. Wide, a line is named at its end; narrow, in a key above."""
    width, right = (720, 170) if wide else (320, 12)
    left, top = 60, 14 if wide else 14 + 24 * len(series)
    height = top + 250 + 34
    marks = ticks([float(v) for values in series.values() for v in values if v is not None])

    def x_of(point):
        return round(left + (width - left - right) * (point / (len(labels) - 1) if len(labels) > 1 else 0.5), 1)

    def y_of(value):
        return round(top + 250 * (1 - (float(value) - marks[0]) / (marks[-1] - marks[0])), 1)

    parts = []
    for mark in marks:
        grid = '<line class="tc-chart__{}" x1="{}" x2="{}" y1="{y}" y2="{y}"></line>'
        parts.append(format_html(grid, "axis" if mark == 0 else "grid", left, width - right, y=y_of(mark)))
        parts.append(text(left - 8, y_of(mark) + 5, figure(mark, unit), anchor="end"))
    longest = max((len(label) for label in labels), default=1)
    every = max(1, math.ceil(len(labels) * (longest * 8 + 14) / (width - left - right + 40)))
    for point in range(0, len(labels), every):
        parts.append(text(x_of(point), height - 10, labels[point], anchor="middle"))
    ends = {}
    for number, (name, values) in enumerate(series.items(), 1):
        for run in runs(values):
            points = " ".join(f"{x_of(point)},{y_of(value)}" for point, value in run)
            line = '<polyline class="tc-chart__line tc-chart__line--{}" points="{}"></polyline>'
            parts.append(format_html(line, number, points))
            dot = '<circle class="tc-chart__dot--{}" cx="{}" cy="{}" r="4"></circle>'
            parts.append(format_html(dot, number, x_of(run[-1][0]), y_of(run[-1][1])))
            ends[name] = y_of(run[-1][1])
    if wide:
        parts += names_at_ends(ends, width - right + 12)
    else:
        for number, name in enumerate(series, 1):
            y = 24 * number - 10
            key = '<line class="tc-chart__line tc-chart__line--{}" x1="0" x2="32" y1="{y}" y2="{y}"></line>'
            parts += [format_html(key, number, y=y), text(40, y + 5, name)]
    return width, height, joined(parts)


def runs(values):
    """The stretches of a series between the points that are not known, as [(point, value)]."""
    run = []
    for point, value in [*enumerate(values), (None, None)]:
        if value is not None:
            run.append((point, value))
        elif run:
            yield run
            run = []


def names_at_ends(ends, x):
    """Each line's name at the height of its end, moved down where it would cover another."""
    free = 0
    for name, y in sorted(ends.items(), key=lambda pair: pair[1]):
        for line in textwrap.wrap(name, 19):
            y = max(y, free)
            yield text(x, round(y + 5, 1), line, name="tc-chart__value")
            free = y = y + LINE
        free += 4
