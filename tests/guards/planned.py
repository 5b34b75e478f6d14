"""The matrix's world: a plan of Okafor's, with an update about it."""

import uuid
from typing import Any

from core.protocols.services import load
from rehab.plan_body import Hypothesis
from rehab.services.plans import start_plan
from rehab.services.updates import send
from tests.cast import NOW

ROUTES = {"rehab:write_update", "rehab:updates"}
ELEMENTS = {"changed": "Okafor stands 40 min", "next_week": "Daniel begins step-ups",
            "call_if": "Okafor’s foot drops"}  # fmt: skip


def rows(world: Any) -> None:
    """Begun by Amin; Mbeki, who is on the team, reads the updates."""
    cast = world.cast
    load(kind="lanes", now=NOW)
    episode = cast.okafor.episodes.get(problem="Okafor back")
    words = Hypothesis(words="Okafor’s leg pain", lane="radicular_lumbar")
    world.plan = start_plan(episode=episode, hypothesis=words, by=cast.amin, now=NOW)
    world.update = send(plan=world.plan, **ELEMENTS, to=[cast.mbeki], by=cast.ruiz, now=NOW,
                        key=uuid.uuid4(), head=world.plan.head)  # fmt: skip


def pk(world: Any, route: str) -> Any:
    """The id a route of rehab is about; None for any other route."""
    return world.plan.pk if route in ROUTES else None


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    written = ELEMENTS | {"to": [str(world.cast.mbeki.pk)], "head": str(world.plan.head),
                          "form_key": str(uuid.uuid4())}  # fmt: skip
    return {"rehab:write_update": written}
