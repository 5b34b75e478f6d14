"""The pieces charts are made of: paint, words, lines, dots, two axes, free places for words.

A piece carries its colour twice: as an attribute for paper and as a class for the browser.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from markupsafe import Markup

from core.lib import svg_axes as axes
from core.lib import svg_words as words
from core.lib.svg_axes import Scale, label
from core.lib.svg_words import Box, Place, centred, element

# What paper shows: the light half of the token that chart.css gives each class (tests/core).
PAINT = {
    "ink": "#14232a",
    "quiet": "#485a63",
    "grid": "#d5dfe2",
    "axis": "#73858d",
    "series": "#0a5a61",
    "goal": "#378760",
    "goal-words": "#14573a",
    "expected": "#485a63",
    "window": "#fff2d4",
    "edge": "#b57a1b",
    "mark": "#485a63",
    "ground": "#ffffff",
}
FONT = "DejaVu Sans, sans-serif"  # on paper; the browser takes the page's
SIZE = 12.0  # of all words, in units: one unit is about a pixel on a phone of 390
BOLD = 1.1  # times as wide
LINE = 14.0  # from one line of words to the next
ASIDE = LINE / 2  # units that words may stick out of the plot
WIDE = 340.0
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Frame:
    """The plot's edges and its two scales."""

    box: Box
    x: Scale
    y: Scale

    def course(self, points: Sequence[tuple[float, Decimal]]) -> list[Place]:
        return [(self.x(at), self.y(float(value))) for at, value in points]


@dataclass
class Room:
    """Finds places for words: inside the edges, off other words, and off lines when it can."""

    edges: Box
    lines: list[Sequence[Place]]
    taken: list[Box] = field(default_factory=list)

    def put(
        self, said: str, candidates: Sequence[Box], paint: str, **more: str | float
    ) -> list[Markup]:
        """The words at the freest candidate, on a ground of their own when a line passes there.

        Nothing when every candidate lies over other words or sticks out.
        """
        bad, crossed, which = min(
            (*self._weight(box), which) for which, box in enumerate(candidates)
        )
        if bad > ASIDE:
            return []
        box = candidates[which]
        self.taken.append(box)
        drawn = [text((box.left + box.right) / 2, box.bottom - 3, said, paint,
                      text_anchor="middle", **more)]  # fmt: skip
        if crossed:
            ground = element(
                "rect", x=box.left, y=box.top, width=box.right - box.left, height=LINE,
                fill=PAINT["ground"], fill_opacity="0.8", class_="chart__ground",
            )  # fmt: skip
            drawn.insert(0, ground)
        return drawn

    def _weight(self, box: Box) -> tuple[float, int]:
        """(how much of it lies where it must not, how many lines touch it)"""
        edges = self.edges
        outside = (
            max(edges.left - box.left, 0)
            + max(box.right - edges.right, 0)
            + max(edges.top - box.top, 0)
            + max(box.bottom - edges.bottom, 0)
        )
        over = WIDE * sum(box.meets(other) for other in self.taken)
        return outside + over, sum(words.crossings(box, each) for each in self.lines)


def around(place: Place, said: str, *, size: float, edges: Box) -> list[Box]:
    """Where words about a place may stand: beside it, above, below, further up, further down."""
    x, y = place
    width = words.width_of(said, size)
    left, right = centred(x, width, (edges.left, edges.right))
    beside = [(x + 7, y - LINE / 2), (x - 7 - width, y - LINE / 2)]
    over = [(left, y - 6 - LINE), (left, y + 6), (left, y - 2 * LINE), (left, y + LINE)]
    return [
        Box(each, top, each + right - left, top + LINE)
        for each, top in (beside[0], *over, beside[1])
    ]


# --- pieces ------------------------------------------------------------------------------------


def text(x: float, y: float, said: str, paint: str, **more: str | float) -> Markup:
    """Words; `y` is their baseline."""
    return element(
        "text", said, x=x, y=y, fill=PAINT[paint], font_size=SIZE, class_=f"chart__{paint}", **more
    )


def straight(a: Place, b: Place, paint: str, **more: str | float) -> Markup:
    return element(
        "line", x1=a[0], y1=a[1], x2=b[0], y2=b[1],
        stroke=PAINT[paint], class_=f"chart__{paint}", **more,
    )  # fmt: skip


def course(places: Sequence[Place], width: float) -> list[Markup]:
    """The series itself; a single place is no line."""
    if len(places) < 2:
        return []
    return [
        element(
            "polyline", points=words.path_of(places), fill="none", stroke=PAINT["series"],
            stroke_width=width, stroke_linejoin="round", class_="chart__series",
        )
    ]  # fmt: skip


def dot(place: Place, radius: float) -> Markup:
    return element(
        "circle", cx=place[0], cy=place[1], r=radius, fill=PAINT["series"], class_="chart__dot"
    )


def y_axis(frame: Frame, ticks: Sequence[Decimal]) -> list[Markup]:
    """A faint line across for every tick, its number at the left."""
    drawn = []
    for tick in ticks:
        y = frame.y(float(tick))
        drawn += [
            straight((frame.box.left, y), (frame.box.right, y), "grid"),
            text(frame.box.left - 6, y + 4, label(tick), "quiet", text_anchor="end"),
        ]
    return drawn


def x_axis(frame: Frame) -> list[Markup]:
    """The line below, a short tick for each label, its year on a second line."""
    box, floor = frame.box, frame.box.bottom
    drawn = [straight((box.left, floor), (box.right, floor), "axis")]
    for tick in axes.time_ticks(frame.x, size=SIZE, room=(0, WIDE)):
        drawn.append(straight((tick.place, floor), (tick.place, floor + 4), "axis"))
        for row, said in enumerate((tick.label, tick.year), 1):
            if said:
                left, right = centred(tick.place, words.width_of(said, SIZE), (0, WIDE))
                y = floor + 2 + row * LINE
                drawn.append(text((left + right) / 2, y, said, "quiet", text_anchor="middle"))
    return drawn


def picture(
    drawn: Sequence[Markup],
    *,
    id: str,
    title: str,
    about: str = "",
    size: tuple[float, float],
    name: str,
) -> Markup:
    """The whole: title and description hang their ids on the one given, which no other may have.

    Raises ValueError for an id no address could name.
    """
    if not ID.fullmatch(id):
        raise ValueError("A chart's id is a letter, then letters, digits, - or _.")
    head = [element("title", title, id=f"{id}-title")]
    named = {"aria_labelledby": f"{id}-title"}
    if about:
        head.append(element("desc", about, id=f"{id}-desc"))
        named["aria_describedby"] = f"{id}-desc"
    inside = Markup("\n").join(["", *head, *drawn, ""])
    return element(
        "svg", inside, xmlns="http://www.w3.org/2000/svg", class_=name, role="img", **named,
        viewBox=f"0 0 {words.figure(size[0])} {words.figure(size[1])}",
        width=size[0], height=size[1], font_family=FONT,
    )  # fmt: skip
