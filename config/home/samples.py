"""Invented values that the gallery shows: nobody's."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.lib.svg import Goal, Mark, Point, Window, data_rows, line, sparkline

STANDING = (12, 15, 20, 22, None, 29, 35, 40)  # minutes, week by week
DISABILITY = (62, 58, 49, 43, 38)  # of 100, every other week


def charts(now: dt.datetime) -> dict[str, Any]:
    """{name: {svg, rows}} for templates/gallery/chart.html; weeks back from `now`."""
    today = timezone.localdate(now)

    def ago(weeks: int) -> dt.date:
        return today - dt.timedelta(weeks=weeks)

    standing: list[Point] = [
        (now - dt.timedelta(weeks=7 - week), None if each is None else Decimal(each))
        for week, each in enumerate(STANDING)
    ]
    disability: list[Point] = [
        (ago(8 - 2 * step), Decimal(each)) for step, each in enumerate(DISABILITY)
    ]
    return {
        "goal": {
            "svg": line(
                standing,
                unit="min",
                better="up",
                goal=Goal(Decimal(45), "goal 45 min"),
                expected=[(ago(7), Decimal(12)), (ago(-3), Decimal(45))],
                windows=[Window(ago(2), ago(-1), "at most 15 lb")],
                marks=[Mark(ago(7), "calm down"), Mark(ago(4), "build up")],
                today=today,
                title="Standing time without leg pain",
                id="sample-standing",
            ),
            "rows": data_rows(standing, unit="min"),
        },
        "lower": {
            "svg": line(
                disability,
                unit="of 100",
                better="down",
                goal=Goal(Decimal(30), "goal 30"),
                today=today,
                title="Disability score",
                id="sample-disability",
            ),
            "rows": data_rows(disability, unit="of 100"),
        },
        "one": {
            "svg": line(
                standing[-1:],
                unit="min",
                better="up",
                goal=Goal(Decimal(45), "goal 45 min"),
                today=today,
                title="Standing time, first visit",
                id="sample-one",
            ),
            "rows": data_rows(standing[-1:], unit="min"),
        },
        "spark": sparkline(standing, title="Standing time, rising for 7 weeks", id="sample-spark"),
    }
