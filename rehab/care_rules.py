"""How much conservative care there was before surgery is weighed. Pure: no row, no clock."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.lib.day_words import day_words
from rehab.pathway_rules import DAY, weeks_words
from rehab.plan_body import Care


@dataclass(frozen=True)
class Window:
    """Conservative care before surgery is weighed. `state`: open, complete or ended (a deficit).

    `weeks_done` = whole weeks, `weeks` = how many are wanted, none while nobody wrote it.
    """

    state: str
    weeks_done: int
    weeks: int | None
    reason: str


def window(
    prior_care: Sequence[Care],
    window_weeks: int | None,
    started_on: dt.date | None,
    deficit_on: dt.date | None,
    today: dt.date,
) -> Window:
    """How long conservative care was tried: documented care before, and since `started_on`.

    Days that overlap count once, days to come not at all, today not before it is over. Care that
    no document shows is told and does not count. A new deficit ends it at once (domain F14).
    """
    shown = [span for row in prior_care if row.shown_by and (span := _span(row, today))]
    if started_on:
        shown.append((started_on, today - DAY))
    told = [span for row in prior_care if not row.shown_by and (span := _span(row, today))]
    counted, all_told = days_of(shown), days_of([*shown, *told])
    done = counted // 7
    words = [_of_weeks(done, window_weeks)]
    if missing := all_told - counted:
        amount = weeks_words(missing // 7) if missing >= 7 else f"{missing} days"
        words.append(f"{amount} not documented")
    if undated := sum(1 for row in prior_care if row.from_on is None or row.to_on is None):
        words.append(f"{undated} with no dates, which cannot count")
    said = ", ".join(words)
    if deficit_on and deficit_on <= today:
        return Window(
            "ended", done, window_weeks,
            f"Ended by a new deficit on {day_words(deficit_on)}: surgery is weighed now ({said}).",
        )  # fmt: skip
    if window_weeks is None:
        return Window("open", done, None, f"{said}. Nobody has written how many are wanted.")
    complete = counted >= window_weeks * 7
    return Window("complete" if complete else "open", done, window_weeks, f"{said}.")


def is_told(words: str, said: str) -> bool:
    """One of the deficits noted in `words` is this very one."""
    return any(f"{mark}{said}; " in f"; {words}; " for mark in ("; ", ": "))


def with_another(
    first_on: dt.date | None, first: str, on: dt.date, said: str, *, longest: int
) -> tuple[dt.date, str]:
    """(the earliest day, all words) once another deficit is noted; each later one with its day.

    What was noted first is cut where both are too long together: it stands in the plan’s history.
    """
    if first_on is None:
        return on, said
    if on < first_on:
        words = f"{said}; {day_words(first_on)}: {first}"
        return on, words if len(words) <= longest else f"{words[: longest - 1]}…"
    later = said if on == first_on else f"{day_words(on)}: {said}"
    room = longest - len(later) - len("; ")
    shown = first if len(first) <= room else f"{first[: max(room - 1, 0)]}…"
    return first_on, f"{shown}; {later}"


def _of_weeks(done: int, wanted: int | None) -> str:
    if wanted is None:
        return weeks_words(done)
    return (
        f"{done} of {weeks_words(wanted)}"
        if done <= wanted
        else (f"{weeks_words(done)}, {wanted} were wanted")
    )


def _span(row: Care, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """Its days, both included; none without a beginning and an end."""
    if row.from_on is None or row.to_on is None or row.to_on < row.from_on:
        return None
    return row.from_on, min(row.to_on, today - DAY)


def days_of(spans: Iterable[tuple[dt.date, dt.date]]) -> int:
    """How many days lie in any of the spans, each once."""
    count, upto = 0, dt.date.min
    for first, last in sorted(spans):
        begin = max(first, upto)
        if last >= begin:
            count += (last - begin).days + 1
            upto = last + DAY
    return count
