"""A day as people read it. Pure."""

import datetime as dt


def day_words(day: dt.date) -> str:
    """`Wed 4 Nov 2026`."""
    return f"{day:%a} {short_day(day)}"


def short_day(day: dt.date) -> str:
    """`14 Mar 1974`: a birthday needs no weekday."""
    return f"{day.day} {day:%b %Y}"
