"""What a lane proposes to a plan. Pure: it fills a form, and a person bends it to the patient."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from core.lib.day_words import day_words
from rehab.plan_body import Avoided, Exercise, Goal, Therapy
from rehab.protocol_schema import Lane, LanesProtocol


def proposed_therapy(lane: Lane, *, today: dt.date) -> Therapy:
    """The lane's order as a form begins with it: no dose, no frequency, for no source has one."""
    order = lane.order
    return Therapy(
        emphasis="; ".join(said.words for said in lane.emphasis),
        exercises=tuple(Exercise(name=name) for name in order.exercises),
        progression=order.progression,
        avoid=tuple(Avoided(what=row.what, until=row.until) for row in lane.avoid),
        starts_on=today,
        stop=order.stop,
        call=order.call,
    )


def standing_order(lane: Lane, *, today: dt.date) -> Therapy:
    """The same as an order of the house: therapy begins on it the same day, and a physician's own
    order takes its place."""
    return proposed_therapy(lane, today=today).model_copy(update={"standing": True})


@dataclass(frozen=True)
class OwnTherapy:
    """The order as its patient reads it; empty where nothing of it is theirs to read."""

    often: str
    exercises: tuple[str, ...]
    progression: str
    avoid: tuple[str, ...]
    stop: tuple[str, ...]
    call: tuple[str, ...]


def patient_words(protocol: LanesProtocol) -> dict[str, str]:
    """A line of the lanes as an order has it → how a patient reads it, "" for one they do not.

    A version that does not say it (before 3): its exercises and their progression speak to a
    therapist; avoid list and calls stand as they are, for a warning that is left out harms more.
    """
    found: dict[str, str] = {}
    for lane in protocol.lanes:
        order = lane.order
        if lane.patient is None:
            found |= dict.fromkeys((*order.exercises, order.progression), "")
            continue
        for line in (*order.exercises, order.progression, *order.stop, *order.call):
            found[line] = lane.patient[line]
        for row in lane.avoid:
            found[Avoided(what=row.what, until=row.until).words] = lane.patient[row.what]
    return found


def as_patient_reads(therapy: Therapy, words: Mapping[str, str]) -> OwnTherapy:
    """What a person typed is read as typed; only a line that is the lane's to the letter is read
    in the patient's words (`words`, see patient_words), or not at all."""

    def own(lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(said for said in (words.get(line, line) for line in lines) if said)

    exercises = []
    for row in therapy.exercises:
        name = words.get(row.name, row.name)
        if name or row.dose:  # a dose makes it an exercise, whatever the lane meant by it
            exercises.append(row.model_copy(update={"name": name or row.name}).words)
    return OwnTherapy(
        often=how_often(therapy),
        exercises=tuple(exercises),
        progression=words.get(therapy.progression, therapy.progression),
        avoid=own(tuple(row.words for row in therapy.avoid)),
        stop=own(therapy.stop),
        call=own(therapy.call),
    )


def how_often(therapy: Therapy) -> str:
    """“2 times a week for 6 weeks”; only what is known of it."""
    each, weeks = therapy.per_week, therapy.weeks
    often = "" if each is None else "Once a week" if each == 1 else f"{each} times a week"
    long = "" if weeks is None else "for 1 week" if weeks == 1 else f"for {weeks} weeks"
    said = " ".join(part for part in (often, long) if part)
    return said[:1].upper() + said[1:]


def proposed_goal(lane: Lane) -> Goal:
    """What the lane measures progress by; the words are the patient's, so they stay empty."""
    return Goal(metric=lane.metric.id)


def is_safe_to_start(
    *,
    has_order: bool,
    held: bool,
    screened_on: dt.date | None,
    held_on_the_line: bool = False,
    which: bool = True,
) -> tuple[bool, str]:
    """(safe, why) for the first therapy visit: an order, no hold, the safety questions asked.

    Policy: therapy waits for no imaging and no authorization; an open hold stops it (domain §1).
    `has_order` = of the problem the visit is for; `which` False = several plans run and nobody
    said for which one it is.
    """
    if held:
        return False, "Physical therapy is on hold. A physician releases it, with a reason."
    if held_on_the_line:
        return False, "A call that is still open holds physical therapy. Finish the call first."
    if not which:
        return False, (
            "More than one plan runs and this visit is not assigned to a problem. Have the front "
            "desk say first which one it is for."
        )
    if not has_order:
        return False, "No therapy order yet. Begin the lane’s standing order, or ask for one."
    if screened_on is None:
        return False, "The safety questions were never asked. Ask them first (re-triage)."
    return True, f"Safe to start: safety questions of {day_words(screened_on)}, nothing held."
