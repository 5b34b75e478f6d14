"""The matrix's world: a step of Okafor's pathway that waits for a decision."""

from typing import Any

from core.protocols.services import load
from rehab.models import PathwayStep
from rehab.plan_body import Hypothesis, Pathway, Step
from rehab.services.deciding import note_deficit
from rehab.services.plans import revise, start_plan
from tests.cast import NOW

OF_PLAN = {"rehab:deficit", "rehab:withdraw_deficit"}
OF_STEP = {"rehab:step", "rehab:decide_step"}


def rows(world: Any) -> None:
    cast = world.cast
    load(kind="lanes", now=NOW)
    episode = cast.okafor.episodes.get(problem="Okafor back")
    words = Hypothesis(words="Okafor’s leg pain", lane="radicular_lumbar")
    world.way = start_plan(episode=episode, hypothesis=words, by=cast.amin, now=NOW)
    step = Step(key="world", title="Okafor stands", weeks=2, starts_on=NOW.date(),
                patient_words="Daniel Okafor reads this")  # fmt: skip
    world.way = revise(plan=world.way, part="pathway", value=Pathway(steps=(step,)),
                       base=world.way.head, by=cast.amin, now=NOW)  # fmt: skip
    world.way = note_deficit(plan=world.way, words="Okafor’s toes are weak", on=NOW.date(),
                             by=cast.ruiz, now=NOW)  # fmt: skip
    world.step = PathwayStep.objects.get(plan=world.way, key="world")


def pk(world: Any, route: str) -> Any:
    """The id one of these routes is about; None for any other."""
    if route in OF_STEP:
        return world.step.pk
    return world.way.pk if route in OF_PLAN else None


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    return {
        "rehab:decide_step": {"decision": "imaging", "words": "Okafor needs an MRI",
                              "version": str(world.step.version)},
        "rehab:deficit": {"words": "Okafor’s foot drops", "on": "2026-11-24",
                          "version": str(world.way.version)},
        "rehab:withdraw_deficit": {"reason": "Okafor’s toes were weak in 2019",
                                   "version": str(world.way.version)},
    }  # fmt: skip
