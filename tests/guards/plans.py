"""The matrix's world: a plan of Okafor's that a therapist wrote in, and a problem without one."""

from typing import Any

from django.urls import reverse

from core.people.services import open_episode
from rehab.models import CarePlan, PlanAck, PlanVersion
from rehab.plan_body import Hypothesis, Tolerance
from rehab.services.plans import revise, start_plan
from tests.cast import NOW, Cast

OF_PLAN = {f"rehab:{name}" for name in ("plan", "part", "standing", "end_plan", "plan_pdf")}
OF_VERSION = {"rehab:plan_version", "rehab:cosign"}
OF_READER = {"rehab:changed", "rehab:acknowledge"}


def rows(world: Any) -> None:
    cast = world.cast
    opened = {"patient": cast.okafor, "region": "neck", "by": cast.ana, "now": NOW}
    world.unplanned = open_episode(problem="Okafor’s other arm", **opened)
    words = Hypothesis(words="Okafor’s neck and arm", lane="radicular_cervical")
    plan = start_plan(episode=open_episode(problem="Okafor’s neck", **opened), hypothesis=words,
                      by=cast.amin, now=NOW)  # fmt: skip
    stands = Tolerance(words="Okafor turns his head 20 degrees")
    plan = revise(plan=plan, part="tolerance", value=stands, base=1, by=cast.ruiz, now=NOW)
    world.neck = plan
    world.neck_version = PlanVersion.objects.get(plan=plan, number=plan.head)


def pk(world: Any, route: str, user: Any) -> Any:
    """The id a route is about; None for any other. Of readers: the asker’s own line, for it is
    the chart that is closed to outsiders."""
    if route in OF_READER:
        asked = {"asked_at": NOW}
        return PlanAck.objects.get_or_create(
            plan_version=world.neck_version, user=user, defaults=asked
        )[0].pk  # fmt: skip
    if route in {"rehab:plans", "rehab:start_plan"}:
        return world.cast.okafor.pk
    if route in OF_PLAN:
        return world.neck.pk
    return world.neck_version.pk if route in OF_VERSION else None


def known(world: Any) -> dict[str, Any]:
    """Arguments beside the id."""
    return {"part": "tolerance", "episode_pk": world.unplanned.pk}


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    head = {"version": str(world.neck.head), "was_head": str(world.neck.head)}
    return {
        "rehab:start_plan": {"words": "Okafor’s arm", "side": "left"},
        "rehab:part": head | {"words": "Okafor turns his head 30 degrees", "limited_by": "fear"},
        "rehab:standing": {"version": str(world.neck.head)},
        "rehab:end_plan": {"reason": "Okafor moved away", "version": str(world.neck.version)},
    }


def pages(cast: Cast, plan: CarePlan) -> dict[str, Any]:
    """page → (who, method, address, data, headers), of a plan that Amin wrote."""
    version = plan.versions.get(number=plan.head)
    ack = PlanAck.objects.get(plan_version=version, user=cast.ruiz)

    def get(who: str, name: str, *args: Any) -> Any:
        return who, "get", reverse(name, args=args), {}, {}

    return {
        "plans of a patient": get("amin", "rehab:plans", cast.okafor.pk),
        "part of a plan": get("ruiz", "rehab:part", plan.pk, "goal"),
        "plan version": get("amin", "rehab:plan_version", version.pk),
        "what changed in a plan": get("ruiz", "rehab:changed", ack.pk),
    }


def crowd(cast: Cast, first: int, last: int) -> None:
    """Older versions of every plan of Okafor’s, each read."""
    for plan in CarePlan.objects.filter(patient=cast.okafor):
        head = plan.versions.get(number=plan.head)
        made = PlanVersion.objects.bulk_create(
            PlanVersion(plan=plan, number=1000 + n, body=head.body, part="goal", made_at=NOW,
                        made_by=cast.ruiz, cosign_needed=True)
            for n in range(first, last)
        )  # fmt: skip
        PlanAck.objects.bulk_create(
            PlanAck(plan_version=row, user=cast.amin, asked_at=NOW, acknowledged_at=NOW)
            for row in made
        )
