"""Words and shapes of a chart: escaped, measured, cut, and put where nothing else is.

No layout engine measures a font here, so widths are generous estimates (DejaVu Sans, the widest of
the fonts in use): what fits by them fits on the screen and on paper.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

Place = tuple[float, float]

# What XML 1.0 cannot hold, not even escaped: control characters, halves of pairs, non-characters.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
SPACES = re.compile(r"\s+")
NARROW = frozenset("ijltfrI.,:;'|!()[]{} ·-/")
BROAD = frozenset("mwMWQO@%&+=<>→←↑↓…—")


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


# --- words -------------------------------------------------------------------------------------


def clean(words: str) -> str:
    """One line without what no XML can hold."""
    return SPACES.sub(" ", UNWRITABLE.sub("", words)).strip()


def width_of(words: str, size: float) -> float:
    """About how wide a line is, in the unit of `size`; rather too much than too little."""
    return size * sum(map(_share, words))


def _share(letter: str) -> float:
    if letter in NARROW:
        return 0.42
    if letter in BROAD or unicodedata.east_asian_width(letter) in "WF":
        return 1.02
    return 0.75 if letter.isupper() or ord(letter) > 0x17F else 0.65


def cut(words: str, size: float, room: float) -> str:
    """The words, or as many letters of them as there is room for, with … at the end."""
    if width_of(words, size) <= room:
        return words
    while words and width_of(words + "…", size) > room:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, size: float, room: float, most: int = 3) -> list[str]:
    """At most `most` lines, broken between words; what is too long is cut with …."""
    lines: list[str] = []
    for word in words.split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1]}…"]
    return [cut(line, size, room) for line in lines]


# --- elements ----------------------------------------------------------------------------------


def element(name: str, *inside: Markup | str, **attributes: str | float) -> Markup:
    """One element, everything in it escaped. `class_` = class, `stroke_width` = stroke-width."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(figure(value))}"'
        for key, value in attributes.items()
    )
    if not inside:
        return Markup(f"<{name}{written}/>")  # noqa: S704 - names are ours, values escaped
    held = "".join(each if isinstance(each, Markup) else escape(clean(each)) for each in inside)
    return Markup(f"<{name}{written}>{held}</{name}>")  # noqa: S704 - as above


def figure(value: str | float) -> str:
    """A place to a tenth of a unit; words as they are."""
    if isinstance(value, str):
        return clean(value)
    return f"{value:.1f}".removesuffix(".0")


def path_of(places: Iterable[Place]) -> str:
    """`x,y x,y` for a polyline."""
    return " ".join(f"{figure(x)},{figure(y)}" for x, y in places)


# --- where there is room -----------------------------------------------------------------------


def clipped(a: Place, b: Place, box: Box) -> tuple[Place, Place] | None:
    """The part of the line from `a` to `b` that lies in the box (after Liang and Barsky)."""
    (x, y), (dx, dy) = a, (b[0] - a[0], b[1] - a[1])
    enters, leaves = 0.0, 1.0
    for step, room in (
        (-dx, x - box.left),
        (dx, box.right - x),
        (-dy, y - box.top),
        (dy, box.bottom - y),
    ):
        if step == 0:
            if room < 0:
                return None
        elif step < 0:
            enters = max(enters, room / step)
        else:
            leaves = min(leaves, room / step)
    if enters > leaves:
        return None
    return (x + enters * dx, y + enters * dy), (x + leaves * dx, y + leaves * dy)


def crossings(box: Box, course: Sequence[Place]) -> int:
    """How many parts of a broken line touch the box."""
    left, top, right, bottom = box
    found = 0
    for a, b in zip(course, course[1:], strict=False):
        if a[0] < left > b[0] or a[0] > right < b[0] or a[1] < top > b[1] or a[1] > bottom < b[1]:
            continue  # most of them: wholly on one side
        found += clipped(a, b, box) is not None
    return found


def centred(place: float, width: float, room: tuple[float, float]) -> tuple[float, float]:
    """(left, right) of words around a place, moved inward where they would stick out."""
    left = min(max(place - width / 2, room[0]), max(room[0], room[1] - width))
    return left, left + width


class Flag(NamedTuple):
    """Words that belong to a place of the time axis; a line goes down from them, their pole.

    `field`: they are those of what lies right of it, and never stand left.
    """

    x: float
    words: str
    field: bool


class Raised(NamedTuple):
    """Where a flag's words stand: their lane (0 = lowest), left and right end, and what fits."""

    lane: int
    left: float
    right: float
    words: str


def lanes(
    flags: Sequence[Flag], *, size: float, room: tuple[float, float], most: int = 8
) -> list[Raised | None]:
    """Each flag's words so that no words meet and no pole runs through words, low lanes first.

    None = no room: the chart's description says it.
    """
    done: list[Raised | None] = [None] * len(flags)
    for which in sorted(range(len(flags)), key=lambda place: -flags[place].x):
        flag = flags[which]
        others = [(other.x, at) for other, at in zip(flags, done, strict=True) if at]
        wanted = (
            Raised(lane, left, left + width_of(words, size), words)
            for left, words in _sides(flag, flags, size, room)
            for lane in range(most)
        )
        done[which] = next((at for at in wanted if not _in_the_way(flag.x, at, others)), None)
    return done


def _sides(
    flag: Flag, flags: Sequence[Flag], size: float, room: tuple[float, float]
) -> list[tuple[float, str]]:
    """(left end, words) right of the pole, cut if need be, and left of it, whichever is better."""
    right = flag.x + 3, cut(flag.words, size, room[1] - flag.x - 3)
    left = flag.x - 3 - width_of(flag.words, size), flag.words
    if flag.field or left[0] < room[0]:
        return [right]
    poles_between = any(left[0] - 2 <= other.x < flag.x for other in flags)
    return [right, left] if right[1] == flag.words or poles_between else [left, right]


def _in_the_way(x: float, wanted: Raised, others: Iterable[tuple[float, Raised]]) -> bool:
    """Words over words, another's pole through these words, or this pole through another's."""
    for pole, at in others:
        if wanted.lane == at.lane:
            hit = wanted.left < at.right + 4 and at.left < wanted.right + 4
        elif wanted.lane < at.lane:
            hit = wanted.left - 2 <= pole <= wanted.right + 2
        else:
            hit = at.left - 2 <= x <= at.right + 2
        if hit:
            return True
    return False
