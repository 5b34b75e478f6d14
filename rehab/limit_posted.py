"""What the forms of limits send, as the services take it; what was typed, for showing it again."""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict  # noqa: TID251 - reads the form's own fields

from core.lib.errors import Refused
from core.people.models import Episode, Patient
from rehab.limit_rules import ANYTHING, Limit, amount
from rehab.models import Restriction

ROW = ("activity", "value", "unit", "sentence", "from_on", "to_on", "until")
HEAD = ("source", "source_words", "episode")
ROWS, MOST = 3, 20
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")  # no “1e99”, which no limit is
FAR = dt.timedelta(days=3 * 366)  # a slip of the year, not a limit


@dataclass(frozen=True)
class Typed:
    """A form as it stood: the source, then its rows; `problem` says what to correct.

    `slot` names the form of the page: "" the limits themselves, else a restriction's id.
    """

    head: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    problem: str = ""
    slot: str = ""
    reason: str = ""


def blank(today: dt.date, *, source: str = "", source_words: str = "") -> Typed:
    """The form as it is offered first: three rows that begin today."""
    row = dict.fromkeys(ROW, "") | {"from_on": today.isoformat()}
    return Typed(
        {"source": source, "source_words": source_words, "episode": ""},
        [row.copy() for _ in range(ROWS)],
    )


def typed_in(said: QueryDict, *, today: dt.date, problem: str = "") -> Typed:
    """What was sent; with the button “Another row”, one row more."""
    count = said.get("rows", "")
    known = int(count) if count.isascii() and count.isdecimal() and len(count) < 4 else ROWS
    number = min(max(known, 1), MOST)
    rows = [{name: said.get(f"{name}_{at}", "") for name in ROW} for at in range(number)]
    if "more" in said and number < MOST:
        rows.append(dict.fromkeys(ROW, "") | {"from_on": today.isoformat()})
    return Typed({name: said.get(name, "") for name in HEAD}, rows, problem)


def limits_in(typed: Typed, *, today: dt.date) -> list[Limit]:
    """The rows that say something. Raises Refused with the row and what to write."""
    rows = [
        (number, row)
        for number, row in enumerate(typed.rows, 1)
        if any(row[name].strip() for name in ROW if name not in {"from_on", "unit"})
    ]
    if not rows:
        raise Refused("Write at least one limit.")
    return [_limit(number, row, today) for number, row in rows]


def _limit(number: int, row: dict[str, str], today: dt.date) -> Limit:
    where = f"Limit {number}"
    if row["activity"] not in Restriction.Activity.values:
        raise Refused(f"{where}: choose what is limited.")
    text = row["value"].strip()
    value = _number(text, where) if text else None
    if value is not None and not row["unit"]:
        raise Refused(f"{where}: choose the unit of the number {text}.")
    if value is None and row["unit"]:
        raise Refused(f"{where}: write the number, or choose “Not at all”.")
    begins = _day(row["from_on"], today, f"{where}: from which day? Choose it.")
    ends = _day(row["to_on"], today, "") if row["to_on"].strip() else None
    until = " ".join(row["until"].split()).removeprefix("until ").strip()
    if ends is None and not until:
        raise Refused(f"{where}: write the last day, or what it waits for. No limit is endless.")
    if ends and until:
        raise Refused(f"{where}: a last day or what it waits for, not both.")
    if ends and ends < today:
        raise Refused(f"{where}: its last day has passed. Check the year, or leave the row out.")
    said = " ".join(row["sentence"].split())
    unit = row["unit"]
    limit = Limit(row["activity"], said, begins, ends, until, value, unit)
    if not limit.sentence and limit.activity == ANYTHING:
        raise Refused(f"{where}: write what it is, as everybody will read it.")
    if len(limit.sentence) > 200 or len(until) > 120:
        raise Refused(f"{where}: shorten the words (200 characters, 120 for what it waits for).")
    if limit.sentence:
        return limit
    words = amount(limit, str(Restriction.Activity(limit.activity).label))
    return Limit(limit.activity, words, begins, ends, until, value, limit.unit)


def _number(text: str, where: str) -> Decimal:
    number = Decimal(text) if len(text) <= 8 and NUMBER.fullmatch(text) else None
    if number is None or number != round(number, 1):
        raise Refused(f"{where}: “{text}” is no number. Write it like 15 or 7.5.")
    return number


def _day(text: str, today: dt.date, missing: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refused(missing or "Choose the last day.") from error
    if abs(day - today) > FAR:
        raise Refused("That day is years away. Check the year.")
    return day


def episode_in(typed: Typed, patient: Patient) -> Episode | None:
    """The problem it is for; none = for all. Raises Refused for one the form did not offer."""
    wanted = typed.head.get("episode", "")
    if not wanted:
        return None
    found = {str(row.pk): row for row in patient.episodes.all()}
    if wanted not in found:
        raise Refused("Choose one of this patient’s problems.")
    return found[wanted]
