"""Charts as inline SVG: one string for the browser and for paper.

Every stroke and fill is a presentation attribute plus a class: paper (core/lib/pdf.py, where no
CSS of the page reaches into an SVG) takes the attribute, in the browser chart.css overrides it.
No colour stands alone: the goal is dashed, the expected course dotted, a window has edges, and
each carries its words. Pure: no row, no clock; an instant is read in the active zone.

    line([(at, Decimal(34)), (later, None)], unit="min", better="up", title="Standing", id="stand")
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from core.lib import svg_axes as axes
from core.lib import svg_words as words
from core.lib.svg_axes import Scale, When, moment
from core.lib.svg_parts import (
    BOLD,
    LINE,
    PAINT,
    SIZE,
    WIDE,
    Frame,
    Room,
    around,
    course,
    dot,
    picture,
    straight,
    text,
    x_axis,
    y_axis,
)
from core.lib.svg_series import BETTER, Asked, Goal, Mark, Point, Window, amount, data_rows, told
from core.lib.svg_words import Box, Flag, Place, Raised, element

__all__ = ["Goal", "Mark", "Point", "Window", "data_rows", "line", "sparkline"]

HIGH = 110.0  # of the plot alone
INSET = 6.0  # the first and last dot stay clear of the edges
GAPS = 4  # at most, on the y axis
DOTS = 40  # more values than that: the line alone, and its last dot
BESIDE = 60.0  # the widest words of the goal, right of the plot
AMOUNT = 84.0  # the widest last value with its unit; a longer one goes without the unit
APART = 0.03  # of the period: today stands for itself when so far from the last value or the end


# --- what pages call ---------------------------------------------------------------------------


def line(  # noqa: PLR0913 - one picture, its parts
    points: Sequence[Point],
    *,
    unit: str,
    better: str,
    title: str,
    id: str,
    desc: str = "",
    goal: Goal | None = None,
    expected: Sequence[tuple[When, Decimal]] = (),
    windows: Sequence[Window] = (),
    marks: Sequence[Mark] = (),
    today: dt.date | None = None,
) -> Markup:
    """One series over time; empty (falsy) when there is no value to draw, for an empty state.

    `better`: "up" or "down". `id`: the figure's, unlike every other on the page; title and
    description hang theirs on it. `expected`: where the value should be by when. What finds no room
    in the picture still stands in its description; the values belong in the data table below it.
    """
    asked = Asked(points, unit, better, goal, expected, windows, marks, today)
    if not asked.values:
        return Markup("")
    drawn, high = _drawn(asked)
    about = f"{desc} {' '.join(told(asked))}"
    return picture(drawn, id=id, title=title, about=about, size=(WIDE, high), name="chart__svg")


def sparkline(points: Sequence[Point], *, title: str, id: str) -> Markup:
    """A line of the height of a word, without axes: `title` says in words what it shows."""
    values = Asked(points).values
    if not values:
        return Markup("")
    low, high = axes.reach([value for _, value in values])
    frame = Frame(
        box=(box := Box(3, 3, 77, 17)),
        x=Scale(values[0][0], max(values[-1][0], values[0][0] + 1), box.left, box.right),
        y=Scale(float(low), float(high), box.bottom, box.top),
    )
    places = frame.course(values)
    drawn = [*course(places, 1.5), dot(places[-1], 2.5)]
    return picture(drawn, id=id, title=title, size=(80, 20), name="sparkline")


# --- the picture -------------------------------------------------------------------------------


def _drawn(asked: Asked) -> tuple[list[Markup], float]:
    """(elements from back to front, height of the whole)."""
    wished = [value for _, value in asked.course] + ([asked.goal.value] if asked.goal else [])
    low, high = axes.reach([value for _, value in asked.values], wished)
    ticks = axes.nice_ticks(low, high, GAPS)
    goal = _goal_words(asked.goal, ticks)
    last = _last_words(asked)
    left = max(words.width_of(axes.label(tick), SIZE) for tick in ticks) + 6
    beside = [words.width_of(each, SIZE) for each in goal]
    right = WIDE - 8 - max([words.width_of(last, SIZE * BOLD), *beside])
    x = Scale(*asked.period, left + INSET, right - INSET)
    flags = [*_windows(asked, x), *_marks(asked, x)]
    raised = words.lanes([flag for _, flag in flags], size=SIZE, room=(left, WIDE))
    top = 2 * LINE + LINE * max((at.lane + 1 for at in raised if at), default=0)
    box = Box(left, top, right, top + HIGH)
    frame = Frame(box, x, Scale(float(ticks[0]), float(ticks[-1]), box.bottom, box.top))
    poles = [((flag.x, top), (flag.x, box.bottom)) for _, flag in flags]
    room = Room(Box(left, top - 2, WIDE, box.bottom), [*poles])
    drawn = [
        text(0, SIZE, _heading(asked), "quiet"),
        *_flags(flags, raised, box),
        *y_axis(frame, ticks),
        *x_axis(frame),
        *_courses(asked, frame, goal, last, room),
    ]
    return drawn, box.bottom + 2 * LINE + 6


def _heading(asked: Asked) -> str:
    better = BETTER[asked.better]
    said = f"{asked.unit}, {better}" if asked.unit else better.capitalize()
    return words.cut(words.clean(said), SIZE, WIDE)


def _windows(asked: Asked, x: Scale) -> Iterator[tuple[tuple[float, float], Flag]]:
    """(left and right edge, words) of each window of which something is seen.

    One that began earlier or goes on later reaches the plot's own edge.
    """
    for window in asked.windows:
        begins, ends = window.days
        if begins < min(ends, x.high) and ends > x.low:
            left = x(begins) if begins > x.low else x.start - INSET
            right = x(ends) if ends < x.high else x.end + INSET
            yield (left, right), Flag(left, _short(window.label), field=True)


def _marks(asked: Asked, x: Scale) -> Iterator[tuple[tuple[float, float], Flag]]:
    marks = [(mark.at, mark.label) for mark in asked.marks]
    if asked.today is not None:
        today, latest = moment(asked.today), asked.values[-1][0]
        apart = APART * (x.high - x.low)
        if today - latest > apart or (asked.goes_on and x.high - today > apart):
            marks.append((today, "today"))
    for at, label in marks:
        if x.low <= at <= x.high:
            yield (x(at), x(at)), Flag(x(at), _short(label), field=False)


def _short(label: str) -> str:
    return words.cut(words.clean(label), SIZE, WIDE / 2)


def _flags(
    flags: Sequence[tuple[tuple[float, float], Flag]], raised: Sequence[Raised | None], box: Box
) -> list[Markup]:
    """Windows as shaded fields, marks as lines, each reaching up to its own words."""
    shades, lines, said = [], [], []
    for ((left, right), flag), at in zip(flags, raised, strict=True):
        top = box.top - (LINE * (at.lane + 1) - 3 if at else 0)
        if at:
            said.append(text(at.left, box.top - LINE * at.lane - 4, at.words, "quiet"))
        if not flag.field:
            lines.append(straight((left, top), (left, box.bottom), "mark"))
            continue
        shade = {"x": left, "y": top, "width": right - left, "height": box.bottom - top}
        shades.append(element("rect", fill=PAINT["window"], class_="chart__window", **shade))
        if left > box.left:
            lines.append(straight((left, top), (left, box.bottom), "edge"))
        if right < box.right:
            lines.append(straight((right, box.top), (right, box.bottom), "edge"))
    return [*shades, *lines, *said]


def _courses(asked: Asked, frame: Frame, goal: list[str], last: str, room: Room) -> list[Markup]:
    """Goal, expected course and series, the words of each where nothing else is."""
    stretches = [frame.course(stretch) for stretch in asked.stretches]
    hoped = frame.course(asked.course)
    parts = [words.clipped(a, b, frame.box) for a, b in zip(hoped, hoped[1:], strict=False)]
    shown = [part for part in parts if part]
    room.lines += [*stretches, *shown]
    drawn = _goal(asked.goal, frame, goal, room)
    if shown:
        drawn.append(_dotted(shown))
    for stretch in stretches:
        drawn += course(stretch, 2)
        if len(asked.values) <= DOTS or len(stretch) == 1:
            drawn += [dot(each, 3) for each in stretch]
    end = stretches[-1][-1]
    drawn.append(dot(end, 4))
    places = around(end, last, size=SIZE * BOLD, edges=room.edges)
    drawn += room.put(last, places, "ink", font_weight="bold")
    if shown:
        middle = (shown[0][0][0] + shown[-1][1][0]) / 2
        spots = sorted(
            (
                (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
                for a, b in shown[:: len(shown) // 8 + 1]
                for share in (0.1, 0.3, 0.5, 0.7, 0.9)
            ),
            key=lambda spot: abs(spot[0] - middle),
        )
        places = [
            place
            for spot in spots
            for place in around(spot, "expected", size=SIZE, edges=room.edges)[1:3]
        ]
        drawn += room.put("expected", places, "quiet")
    return drawn


def _goal(goal: Goal | None, frame: Frame, said: list[str], room: Room) -> list[Markup]:
    """A dashed line with its words right of the plot; only the words when it lies beyond."""
    if goal is None:
        return []
    box = frame.box
    y = frame.y(float(goal.value))
    drawn = []
    if box.top <= y <= box.bottom:
        ends = (box.left, y), (box.right, y)
        drawn.append(straight(*ends, "goal", stroke_width=1.5, stroke_dasharray="6 4"))
        room.lines.append(ends)
    tall = LINE * len(said)
    top = min(max(y - tall / 2, box.top - 2), box.bottom + 4 - tall)
    room.taken.append(Box(box.right + 4, top, WIDE, top + tall))
    drawn += [
        text(box.right + 4, top + LINE * row - 3, each, "goal-words")
        for row, each in enumerate(said, 1)
    ]
    return drawn


def _dotted(parts: Sequence[tuple[Place, Place]]) -> Markup:
    path = " ".join(f"M{words.path_of([a])} L{words.path_of([b])}" for a, b in parts)
    return element(
        "path", d=path, fill="none", stroke=PAINT["expected"], stroke_width=1.5,
        stroke_dasharray="0.1 4", stroke_linecap="round", class_="chart__expected",
    )  # fmt: skip


def _last_words(asked: Asked) -> str:
    value = asked.values[-1][1]
    said = words.clean(amount(value, asked.unit))
    return said if words.width_of(said, SIZE * BOLD) <= AMOUNT else axes.label(value)


def _goal_words(goal: Goal | None, ticks: Sequence[Decimal]) -> list[str]:
    """Its label in short lines; an arrow says that the line lies beyond the picture."""
    if goal is None:
        return []
    arrow = "↑ " if goal.value > ticks[-1] else "↓ " if goal.value < ticks[0] else ""
    return words.wrapped(arrow + words.clean(goal.label), SIZE, BESIDE)
