"""First visits of the two stories, written through the service card by card."""

from typing import Any

from core.people.services import open_episode
from core.protocols.services import load
from rehab.models import FirstVisit
from rehab.services.visits import open_visit, save_visit
from rehab.visit_body import Amount, Given, Thought
from tests.cast import NOW, Cast


def begun(
    cast: Cast, patient: Any = None, region: str = "low_back", side: str = "left"
) -> FirstVisit:
    """A problem of Okafor's, or of another patient, and its first visit by Dr. Amin."""
    for kind in ("lanes", "first_visit"):
        load(kind=kind, now=NOW)
    episode = open_episode(
        patient=patient or cast.okafor, problem="Leg pain since March", region=region, side=side,
        by=cast.amin, now=NOW,
    )  # fmt: skip
    return open_visit(episode=episode, by=cast.amin, now=NOW)


def put(visit: FirstVisit, cast: Cast, section: str, **values: Any) -> FirstVisit:
    """One card saved by Dr. Amin on what stands now; `slr__left` is `slr.left`."""
    row = FirstVisit.objects.select_related("episode", "patient__clinic").get(pk=visit.pk)
    named = {name.replace("__", "."): value for name, value in values.items()}
    return save_visit(
        visit=row, section=section, values=named, base=row.version, by=cast.amin, now=NOW
    ).visit


def said(answer: str, number: Any = None) -> Given:
    return Given(answer=answer, number=number)


def warehouse(cast: Cast) -> FirstVisit:
    """Pins and needles after ten minutes on his feet, full strength, extension centralizes."""
    visit = begun(cast)
    put(visit, cast, "neuro", S1_strength__left=said("5"), L5_strength__left=said("5"))
    put(visit, cast, "history", pain_below_knee__left=said("yes"))
    put(visit, cast, "provocation", slr__left=said("positive"))
    put(visit, cast, "direction", repeated_extension=said("centralizes"))
    put(visit, cast, "limits", standing_tolerance_min=Amount(
        text="10 minutes", details={"stop": "pins and needles in the calf"}, blocker="capacity",
    ))  # fmt: skip
    return put(visit, cast, "hypotheses", rows=(
        Thought(lane="radicular_lumbar", line="L5-S1 radicular pain", side="left",
                standing="chosen"),
    ))  # fmt: skip


def gardener(cast: Cast) -> FirstVisit:
    """Both knees, worse on stairs, five stands from a 17-inch chair, afraid of falling."""
    visit = begun(cast, cast.hale, "knee", "both")
    put(visit, cast, "history", stairs_pain__left=said("yes"), stairs_pain__right=said("yes"))
    put(visit, cast, "provocation", joint_line__left=said("positive"))
    put(visit, cast, "falls", worried_about_falling=said("yes"), fell=said("no"))
    put(visit, cast, "limits", sts_reps=Amount(text="5", details={"chair": "17"}, blocker="fear"),
        kneeling_min=Amount(text="3 minutes", blocker="capacity"))  # fmt: skip
    return put(visit, cast, "hypotheses", rows=(
        Thought(lane="knee_oa", line="Worn knees", side="both", standing="chosen"),
    ))  # fmt: skip
