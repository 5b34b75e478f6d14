"""What a lane proposes to a plan. Pure: it fills a form, and a person bends it to the patient."""

import datetime as dt

from core.lib.day_words import day_words
from rehab.plan_body import Avoided, Exercise, Goal, Therapy
from rehab.protocol_schema import Lane


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
