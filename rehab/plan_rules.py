"""How two versions differ, how two editors meet, how far the goal is. Pure: no row, no clock."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.lib.day_words import day_words
from core.lib.states import Transitions
from core.people.editing import merged
from rehab.plan_body import CHOICES, PARTS, Goal, Names, PlanBody, Row, Therapy, Written, part_of
from rehab.prescription_rules import Avoided, Exercise, Gap, Prescription, gaps, may_keep

# (state, action) → state, of a step of the pathway; the tick looks, a person decides.
PATHWAY: Transitions = {
    **{(state, "decide"): "decided" for state in ("not_yet", "due", "met", "not_met")},
    **{(state, "drop"): "dropped" for state in ("not_yet", "due", "met", "not_met")},
    **{
        (state, f"find_{found}"): found
        for state in ("not_yet", "due", "met", "not_met")
        for found in ("not_yet", "due", "met", "not_met")
    },
    ("dropped", "reopen"): "not_yet",
}
LIMITS = "Restrictions"  # the parts of a difference that come in by themselves
DEFICIT = "New deficit"
VISIT: Transitions = {("open", "sign"): "signed", ("open", "discard"): "discarded"}


@dataclass(frozen=True)
class Change:
    """One field that differs between two versions, as a person reads it."""

    part: str
    label: str
    old: str
    new: str


def labels_of(part: Written) -> dict[str, str]:
    return {name: info.title or name for name, info in type(part).model_fields.items()}


def text_of(name: str, value: Any, names: Names | None = None) -> str:
    """A field's value as it is read: a list has a line for each row. `names`: of lanes, metrics."""
    names = names or {}
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "\n".join(row.reads(names) if isinstance(row, Row) else str(row) for row in value)
    if isinstance(value, dt.date):
        return day_words(value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    said = names.get(name) or CHOICES.get(name, {})
    return said.get(str(value), str(value))


def readable(part: Written, names: Names | None = None) -> list[tuple[str, str]]:
    """(label, text) of what somebody wrote in a part, in order; empty fields are left out."""
    labels = labels_of(part)
    rows = [(labels[name], text_of(name, value, names)) for name, value in part if value]
    return [(label, text) for label, text in rows if text]


def differences(before: PlanBody, after: PlanBody, names: Names | None = None) -> list[Change]:
    """What a reader of `before` has to know: a new deficit, then part by part as on the page."""
    found = []
    if before.deficit != after.deficit:
        found.append(Change(DEFICIT, DEFICIT, before.deficit, after.deficit))
    for key, title in PARTS.items():
        old, new = part_of(before, key), part_of(after, key)
        labels = labels_of(new)
        for name, value in new:
            was = text_of(name, getattr(old, name), names)
            now = text_of(name, value, names)
            if was != now:
                found.append(Change(title, labels[name], was, now))
    gone = "\n".join(line for line in before.limits if line not in after.limits)
    come = "\n".join(line for line in after.limits if line not in before.limits)
    if gone or come:
        found.append(Change(LIMITS, "In force", gone, come))
    return found


def in_a_line(changes: Sequence[Change], *, longest: int = 160) -> str:
    """The changes in one line, the first ones first: for a list of today's patients."""
    text = ". ".join(in_words(change) for change in changes)
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def in_words(change: Change) -> str:
    """“Emphasis: hip hinge”. A limit is new or no longer one."""
    new, old = (text.replace("\n", "; ") for text in (change.new, change.old))
    if change.part != LIMITS:
        return f"{change.label}: {new or 'taken out'}"
    return ". ".join([f"New limit: {new}"] * bool(new) + [f"No longer a limit: {old}"] * bool(old))


def met_by(
    *,
    mine: Written,
    base: Written,
    saved: Written,
    version: int,
    seen: Written | None = None,
    names: Names | None = None,
) -> Written:
    """Two editors of one part: each field that only one of them changed is kept.

    `base` = what the form began with. Raises Conflict with both texts where both changed the same
    field to different things. `seen` = what stood beside one's own words when one chose to save
    them all the same: a field that still says so is overwritten, and only where it was one's own.
    """
    was, since, now = (_Said.all(part, names) for part in (base, seen or base, saved))
    typed = _Said.all(mine, names)
    shown = {name: was[name] if typed[name] == was[name] else since[name] for name in typed}
    wanted = merged(
        mine=typed, shown=shown, saved=now, labels=labels_of(mine), words={}, version=version
    )
    return type(mine)(**{name: said.value for name, said in wanted.items()})


def beside(mine: Written, saved: Written, names: Names) -> list[tuple[str, str, str]]:
    """(label, mine, saved) of every field in which two writings of a part differ."""
    labels, ours, theirs = labels_of(mine), _Said.all(mine, names), _Said.all(saved, names)
    return [
        (labels[name], str(said), str(theirs[name]))
        for name, said in ours.items()
        if said != theirs[name]
    ]


@dataclass(frozen=True)
class _Said:
    """A value that reads as its words where two versions stand beside each other."""

    name: str
    value: Any
    names: Names | None = field(default=None, compare=False)

    @classmethod
    def all(cls, part: Written, names: Names | None) -> dict[str, Any]:
        return {name: cls(name, value, names) for name, value in part}

    def __str__(self) -> str:
        return text_of(self.name, self.value, self.names) or "nothing"


def therapy_gaps(therapy: Therapy, goal: Goal) -> list[Gap]:
    """What a therapist could not work from, in the order of the form; the goal is the plan's.

    What its author stands by (`Therapy.kept`) is none.
    """
    return [gap for gap in _asked(therapy, goal) if not _kept(gap, therapy)]


def may_be_kept(therapy: Therapy, goal: Goal) -> list[str]:
    """The texts the guard asks about and their author may stand by, in the order of the form."""
    return list(dict.fromkeys(gap.text for gap in _asked(therapy, goal) if may_keep(gap)))


def still_standing(therapy: Therapy, before: Therapy) -> bool:
    """A standing order in which only doses, frequency and days were written still is the lane’s.

    Other words are their author’s: the order is judged as any other.
    """
    return before.standing and _said(therapy) == _said(before)


def _said(therapy: Therapy) -> list[str]:
    """The words a therapist works by, however a form broke their lines."""
    parts = (
        [therapy.emphasis, therapy.progression],
        [row.name for row in therapy.exercises],
        [f"{row.what}\n{row.until}" for row in therapy.avoid],
        therapy.stop,
    )
    return [str([" ".join(text.split()) for text in part]) for part in parts]


def still_kept(therapy: Therapy, goal: Goal) -> Therapy:
    """Without what its author once stood by and no longer says, or need not stand by."""
    asked = set(may_be_kept(therapy, goal))
    return therapy.model_copy(update={"kept": tuple(t for t in therapy.kept if t in asked)})


def _kept(gap: Gap, therapy: Therapy) -> bool:
    return gap.text in therapy.kept and may_keep(gap)


def _asked(therapy: Therapy, goal: Goal) -> list[Gap]:
    return gaps(
        Prescription(
            emphasis=therapy.emphasis,
            exercises=[Exercise(row.name, row.dose) for row in therapy.exercises],
            progression=therapy.progression,
            avoid=[Avoided(row.what, row.until) for row in therapy.avoid],
            per_week=therapy.per_week,
            weeks=therapy.weeks,
            stop=therapy.stop,
            goal=goal.words,
            metric=goal.metric,
            target=float(goal.target) if goal.target is not None else None,
        )
    )


def goal_problems(goal: Goal) -> dict[str, str]:
    """Field → what to write, for a goal that could not be followed; one without a number is."""
    problems: dict[str, str] = {}
    if not goal.words:
        problems["words"] = "Write the goal in the patient’s own words."
    numbers = (goal.target, goal.baseline, goal.by_on)
    if not goal.metric and any(value is not None for value in numbers):
        problems["metric"] = "Choose what it is measured by."
    if goal.metric and goal.target is None:
        problems["target"] = "Write the number to reach."
    if goal.metric and goal.by_on is None:
        problems["by_on"] = "Write by when."
    elif goal.by_on and goal.from_on and goal.by_on <= goal.from_on:
        problems["by_on"] = "The day to reach it is not after the day it was first measured."
    if goal.baseline is not None and goal.from_on is None:
        problems["from_on"] = "Write on which day it was measured first."
    if goal.target is not None and goal.target == goal.baseline:
        problems["target"] = "The number to reach is where it starts already."
    weeks = [phase.from_week for phase in goal.phases]
    for week in sorted({week for week in weeks if weeks.count(week) > 1}):
        problems["phases"] = f"Two wordings begin in week {week}. Keep one of them."
    return problems


def percent_of(goal: Goal, value: Decimal) -> int | None:
    """How much of the way from the baseline to the target is done, 0 to 100."""
    if goal.baseline is None or goal.target is None or goal.target == goal.baseline:
        return None
    done = (value - goal.baseline) / (goal.target - goal.baseline) * 100
    return int(min(max(done, Decimal(0)), Decimal(100)))


def week_of(started_on: dt.date, day: dt.date) -> int:
    """The week of the plan a day lies in, from 1."""
    return max((day - started_on).days, 0) // 7 + 1


def said_now(goal: Goal, *, week: int) -> str:
    """How the goal is spoken of in this week: the newest phase that has begun, else its words."""
    begun = [phase for phase in goal.phases if phase.from_week <= week]
    newest = max(begun, key=lambda phase: phase.from_week, default=None)
    return newest.words_then if newest else goal.words


def goal_columns(goal: Goal) -> Mapping[str, Any]:
    """The goal as the plan's own columns repeat it."""
    return {
        "goal_words": goal.words,
        "goal_metric": goal.metric,
        "goal_side": goal.side,
        "goal_baseline": goal.baseline,
        "goal_target": goal.target,
        "goal_from_on": goal.from_on,
        "goal_by_on": goal.by_on,
    }
