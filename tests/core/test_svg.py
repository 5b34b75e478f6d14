"""Charts: well-formed whatever is typed, no words over words, readable without colour, on paper.

The pictures themselves are files in tests/core/charts/; `HALLWAY_GOLDEN=write` draws them anew:
look at them before they are committed.
"""

import datetime as dt
import io
import os
import re
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from core.lib import pdf, ui
from core.lib.svg import Goal, Mark, Point, Window, data_rows, line, sparkline
from core.lib.svg_axes import number
from core.lib.svg_parts import BOLD, PAINT, SIZE, WIDE
from core.lib.svg_words import width_of

PICTURES = Path(__file__).parent / "charts"
TODAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def weekly(*values: int | None) -> list[Point]:
    """One value a week, the last one today."""
    last = 7 * (len(values) - 1)
    return [
        (ago(last - 7 * week), None if value is None else Decimal(value))
        for week, value in enumerate(values)
    ]


def drawn(points: list[Point], **more: Any) -> str:
    told: dict[str, Any] = {"unit": "min", "better": "up", "title": "Standing", "id": "stand"}
    return str(line(points, **{**told, **more}))


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def told(svg: str) -> str:
    return parsed(svg).findtext("desc") or ""


def said(svg: str) -> list[str]:
    return [each.text or "" for each in parsed(svg).iter("text")]


FULL: dict[str, Any] = {
    "points": weekly(12, 15, 20, 22, None, 29, 35, 40),
    "goal": Goal(Decimal(45), "goal 45 min"),
    "expected": [(ago(49), Decimal(12)), (ago(-21), Decimal(45))],
    "windows": [Window(ago(14), ago(-7), "at most 15 lb")],
    "marks": [Mark(ago(49), "calm down"), Mark(ago(28), "build up")],
    "today": TODAY,
    "desc": "Without leg pain.",
}
PICTURED: dict[str, dict[str, Any]] = {
    "full": FULL,
    "lower": {
        "points": weekly(62, 58, 49, 43, 38),
        "unit": "of 100",
        "better": "down",
        "goal": Goal(Decimal(30), "goal 30"),
        "today": TODAY,
    },
    "one": {"points": weekly(40), "goal": Goal(Decimal(45), "goal 45 min"), "today": TODAY},
    "far": {"points": weekly(2, 3, 5), "goal": Goal(Decimal(400), "goal 400 min")},
}


@pytest.mark.parametrize("name", PICTURED)
def test_it_looks_as_it_was_looked_at(name: str) -> None:
    made = drawn(**PICTURED[name]) + "\n"
    file = PICTURES / f"{name}.svg"
    if os.environ.get("HALLWAY_GOLDEN") == "write":
        file.write_text(made)
    assert made == file.read_text(), "Look at the picture, then HALLWAY_GOLDEN=write keeps it."


# --- what is drawn -----------------------------------------------------------------------------


def test_without_a_value_there_is_no_picture() -> None:
    assert not line([], unit="min", better="up", title="Standing", id="stand")
    assert not drawn([(TODAY, None)]) and not drawn([(TODAY, Decimal("NaN"))])
    assert not sparkline([(TODAY, None)], title="Standing", id="stand")
    assert drawn([(TODAY, Decimal(0))])  # zero is a value


def test_the_last_value_is_labelled_and_what_is_better_is_said() -> None:
    assert "40 min" in said(drawn(weekly(12, 40)))
    assert "40 min" in said(drawn(list(reversed(weekly(12, 40)))))  # in any order
    assert "12 min" in said(drawn(weekly(12, None)))
    assert said(drawn(weekly(12)))[0] == "min, higher is better"
    assert said(drawn(weekly(12), unit="", better="down"))[0] == "Lower is better"


def test_a_missing_value_is_a_gap_and_is_said() -> None:
    whole, apart = (parsed(drawn(weekly(*values))) for values in [(1, 2, 3, 4), (1, 2, None, 4)])
    assert [len(each.get("points", "").split()) for each in whole.iter("polyline")] == [4]
    assert [len(each.get("points", "").split()) for each in apart.iter("polyline")] == [2]
    assert len(list(apart.iter("circle"))) == 4  # three values, the last one twice
    assert "1 without a value." in told(drawn(weekly(1, 2, None, 4)))
    assert data_rows(weekly(1, None), unit="min") == [
        ["Tue 24 Nov 2026", "no value"],
        ["Tue 17 Nov 2026", "1 min"],
    ]


def test_the_data_table_reads_instants_in_the_clinics_zone() -> None:
    with timezone.override("America/Chicago"):
        rows = data_rows([(NOW, Decimal("7.50"))], unit="")
    assert rows == [["Tue 24 Nov 2026 15:00", "7.5"]]


def test_no_two_kinds_of_line_differ_by_colour_alone() -> None:
    tree = parsed(drawn(**FULL))
    kinds = {
        each.get("class"): (each.get("stroke-dasharray"), each.get("stroke-width"), each.tag)
        for each in tree.iter()
        if each.get("stroke") and each.get("class") not in {"chart__grid", "chart__axis"}
    }
    assert kinds["chart__goal"][0] == "6 4" and kinds["chart__expected"][0] == "0.1 4"
    assert kinds["chart__series"][0] is None and kinds["chart__series"][1] == "2"
    words = said(drawn(**FULL))
    for named in ("expected", "at most 15 lb", "calm down", "build up", "today", "40 min"):
        assert named in words
    assert "goal 45 min" in " ".join(words)


def test_a_goal_beyond_the_picture_is_an_arrow() -> None:
    near, above, below = (
        drawn(weekly(200, 300), goal=Goal(Decimal(goal), "goal")) for goal in (400, 9000, -9000)
    )
    assert "goal" in said(near) and "chart__goal" in near.split("chart__goal-words")[0]
    assert "↑ goal" in said(above) and 'class="chart__goal"' not in above
    assert "↓ goal" in said(below)
    assert "Goal, goal: 9,000 min." in told(above)


def test_what_has_no_room_is_still_told() -> None:
    marks = [Mark(ago(each), f"phase {each} has a long name") for each in range(20)]
    later = Window(ago(-900), ago(-910), "much later")
    about = told(drawn(weekly(1, 2, 3, 4), marks=marks, windows=[later]))
    assert all(f"Line, {mark.label}: {ui.day(mark.on)}." in about for mark in marks)
    assert "Shaded, much later: from " in about


def test_a_window_without_an_end_goes_on_to_the_edge() -> None:
    tree = parsed(drawn(weekly(1, 2, 3), windows=[Window(ago(7), None, "no lifting")]))
    edges = [each for each in tree.iter("line") if each.get("class") == "chart__edge"]
    axis = next(each for each in tree.iter("line") if each.get("class") == "chart__axis")
    shade = next(each for each in tree.iter("rect") if each.get("class") == "chart__window")
    assert len(edges) == 1
    right = float(shade.get("x", "")) + float(shade.get("width", ""))
    assert abs(right - float(axis.get("x2", ""))) < 0.2
    assert "on, no end known." in told(drawn(weekly(1), windows=[Window(ago(7), None, "x")]))


def test_today_is_drawn_only_where_it_says_something() -> None:
    assert "today" not in said(drawn(weekly(1, 2, 3), today=TODAY))  # the last value is today's
    assert "today" not in said(drawn(weekly(1), today=TODAY))
    stale = [(ago(40), Decimal(1)), (ago(30), Decimal(2))]
    assert "today" in said(drawn(stale, today=TODAY))
    assert "today" in said(drawn(**FULL))  # the expected course goes on


def test_many_values_are_a_line_with_one_dot() -> None:
    points: list[Point] = [(ago(500 - day), Decimal(day * 37 % 91)) for day in range(500)]
    svg = drawn(points, goal=Goal(Decimal(70), "goal 70"))
    assert len(list(parsed(svg).iter("circle"))) == 1
    assert len(svg) < 12_000


# --- safe, and readable ------------------------------------------------------------------------

ANYTHING = st.text(max_size=40)
NUMBERS = st.decimals(-100_000, 100_000, places=2)
NEAR = st.integers(-60, 400).map(ago)
ASKED = st.fixed_dictionaries(
    {
        "points": st.lists(st.tuples(NEAR, st.none() | NUMBERS), min_size=1, max_size=12),
        "unit": st.sampled_from(["", "min", "% of normal"]),
        "better": st.sampled_from(["up", "down"]),
        "goal": st.none() | st.builds(Goal, NUMBERS, ANYTHING),
        "expected": st.lists(st.tuples(NEAR, NUMBERS), max_size=3),
        "windows": st.lists(st.builds(Window, NEAR, st.none() | NEAR, ANYTHING), max_size=3),
        "marks": st.lists(st.builds(Mark, NEAR, ANYTHING), max_size=4),
        "today": st.none() | st.just(TODAY),
        "title": ANYTHING,
        "desc": ANYTHING,
    }
)


def boxes(svg: str) -> list[tuple[str, float, float, float, float]]:
    """(words, left, top, right, bottom) of everything written, by generous widths."""
    found = []
    for each in parsed(svg).iter("text"):
        words, x, y = each.text or "", float(each.get("x", "")), float(each.get("y", ""))
        wide = width_of(words, SIZE * (BOLD if each.get("font-weight") else 1))
        left = x - {"middle": wide / 2, "end": wide}.get(each.get("text-anchor", ""), 0)
        found.append((words, left, y - 8, left + wide, y + 2))
    return found


@settings(max_examples=80, deadline=None)
@given(ASKED)
def test_whatever_is_asked_it_is_well_formed_and_no_words_meet(asked: dict[str, Any]) -> None:
    svg = drawn(**asked)
    if not svg:
        assert all(value is None for _, value in asked["points"])
        return
    tree = parsed(svg)
    assert tree.get("viewBox", "").startswith("0 0 340 ")
    values = [(at, value) for at, value in asked["points"] if value is not None]
    latest = {number(value) for at, value in values if at == max(values)[0]}
    bold = [each.text or "" for each in tree.iter("text") if each.get("font-weight")]
    assert len(bold) == 1 and bold[0].split()[0] in latest
    written = boxes(svg)
    for words, left, _, right, _ in written:
        assert left >= -0.1 and right <= WIDE + 0.1, f"{words!r} sticks out"
    for a, b in combinations(written, 2):
        apart = a[3] <= b[1] + 0.2 or b[3] <= a[1] + 0.2 or a[4] <= b[2] or b[4] <= a[2]
        assert apart or not a[0] or not b[0], f"{a[0]!r} lies over {b[0]!r}"


@pytest.mark.parametrize(
    "typed", ["</svg><script>x()</script>", '"><b onload="x()', "a\x00b\ud800"]
)
def test_what_people_type_stays_words(typed: str) -> None:
    svg = drawn(
        weekly(1, 2), unit=typed, title=typed, desc=typed, goal=Goal(Decimal(2), typed),
        marks=[Mark(ago(7), typed)], windows=[Window(ago(7), TODAY, typed)],
    )  # fmt: skip
    assert {each.tag for each in parsed(svg).iter()} <= {
        "svg", "title", "desc", "text", "line", "polyline", "circle", "rect",
    }  # fmt: skip
    assert not re.search(r"<script|<b |<style|\sstyle=|[\x00\ud800]", svg)


def test_two_charts_of_a_page_share_no_id() -> None:
    one, two = drawn(weekly(1, 2)), drawn(weekly(3), id="walk")
    spark = str(sparkline(weekly(1, 2), title="Walking, rising", id="spark"))
    ids = re.findall(r'\bid="([^"]+)"', one + two + spark)
    assert ids == ["stand-title", "stand-desc", "walk-title", "walk-desc", "spark-title"]
    for svg, start in ((one, "stand"), (two, "walk"), (spark, "spark")):
        tree = parsed(svg)
        assert tree.get("role") == "img" and tree.get("aria-labelledby") == f"{start}-title"
    with pytest.raises(ValueError, match="id"):
        drawn(weekly(1), id='x" onload="y')


def test_paper_and_a_light_screen_show_the_same_colours() -> None:
    """The attribute's colour is the light half of the token that the class takes."""
    css = ui.STATIC / "css"
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w+)", (css / "tokens.css").read_text()))
    chart = (css / "components" / "chart.css").read_text().split("@media")[0]
    given_ = dict(re.findall(r"\.chart__([\w-]+) { (?:fill|stroke): var\(--([\w-]+)\)", chart))
    assert {paint: light[given_[paint]] for paint in PAINT} == PAINT
    assert light[given_["dot"]] == PAINT["series"]


def test_it_stands_on_paper_with_its_words() -> None:
    charts = drawn(**FULL) + str(sparkline(weekly(1, 2), title="Rising", id="spark"))
    page = (
        f"<!DOCTYPE html><html lang='en'><head><title>x</title></head><body>{charts}</body></html>"
    )
    made = pdf.render(page, title="Charts")
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(made)).pages)
    assert "at most 15 lb" in text and "40 min" in text and "goal 45" in text
