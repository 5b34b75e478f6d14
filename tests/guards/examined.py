"""The matrix's world: first visits of Okafor's: being written, ready to be signed, signed."""

from typing import Any

from django.urls import reverse

from core.people.services import open_episode
from core.protocols.services import load
from rehab.models import FirstVisit
from rehab.services.visits import open_visit, save_visit, sign
from rehab.visit_body import Amount, Given, Thought
from tests.cast import NOW, Cast

OF_OPEN = {f"rehab:{name}" for name in ("first_visit", "visit_section", "discard_visit")}
OF_SIGNED = {"rehab:addend", "rehab:visit_plan"}
OF_PATIENT = {"rehab:visit_of", "rehab:open_visit"}


def begun(cast: Cast, problem: str) -> FirstVisit:
    episode = open_episode(
        patient=cast.okafor, problem=problem, region="low_back", by=cast.ana, now=NOW
    )
    return open_visit(episode=episode, by=cast.amin, now=NOW)


def ready(cast: Cast, problem: str) -> FirstVisit:
    """Nothing is missing."""
    visit = begun(cast, problem)
    stop = {"stop": "Okafor’s calf"}
    for section, values in (
        ("provocation", {"slr.left": Given(answer="positive")}),
        ("limits", {"standing_tolerance_min": Amount(text="10", details=stop, blocker="fear")}),
        ("hypotheses", {"rows": (Thought(line="Okafor’s root", lane="radicular_lumbar",
                                         standing="chosen"),)}),
    ):  # fmt: skip
        visit = save_visit(visit=visit, section=section, values=values, base=visit.version,
                           by=cast.amin, now=NOW).visit  # fmt: skip
    return visit


def rows(world: Any) -> None:
    load(kind="first_visit", now=NOW)
    cast = world.cast
    world.examining = begun(cast, "Okafor’s first look")
    world.to_sign = ready(cast, "Okafor’s second look")
    seen = ready(cast, "Okafor’s third look")
    world.examined = sign(visit=seen, by=cast.amin, now=NOW, version=seen.version)


def pk(world: Any, route: str) -> Any:
    """The id a route is about; None for any other."""
    if route in OF_PATIENT:
        return world.cast.okafor.pk
    if route in OF_OPEN:
        return world.examining.pk
    if route == "rehab:sign_visit":
        return world.to_sign.pk
    return world.examined.pk if route in OF_SIGNED else None


def known() -> dict[str, Any]:
    """Arguments beside the id."""
    return {"section": "work"}


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    return {
        "rehab:visit_section": {"job": "Okafor lifts", "version": str(world.examining.version)},
        "rehab:discard_visit": {"reason": "Okafor left",
                                "version": str(world.examining.version)},
        "rehab:sign_visit": {"version": str(world.to_sign.version)},
        "rehab:addend": {"words": "Okafor rang"},
    }  # fmt: skip


def pages(cast: Cast) -> dict[str, Any]:
    """page → (who, method, address, data, headers)."""
    load(kind="first_visit", now=NOW)
    visit, seen = begun(cast, "Back"), ready(cast, "Leg")
    seen = sign(visit=seen, by=cast.amin, now=NOW, version=seen.version)
    work = reverse("rehab:visit_section", args=[visit.pk, "work"])
    typed = {"job": "Foreman", "version": str(visit.version)}
    return {
        "first visits": ("amin", "get", reverse("rehab:visit_of", args=[cast.okafor.pk]), {}, {}),
        "first visit to write": (
            "amin", "get", reverse("rehab:first_visit", args=[visit.pk]), {}, {},
        ),
        "first visit signed": (
            "ruiz", "get", reverse("rehab:first_visit", args=[seen.pk]), {}, {},
        ),
        "card of a first visit": ("amin", "post", work, typed, {"HX-Request": "true"}),
    }  # fmt: skip
