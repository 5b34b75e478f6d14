"""The matrix's world: limits of Okafor's, one of them in doubt, and a plan that says so."""

import datetime as dt
import uuid
from typing import Any

from django.urls import reverse

from core.people.services import open_episode
from core.protocols.services import load
from rehab.limit_rules import Limit
from rehab.models import LimitsCheck, Restriction
from rehab.plan_body import Hypothesis
from rehab.services.limits import set_restrictions
from rehab.services.plans import start_plan
from tests.cast import NOW

TODAY = NOW.date()
OF_PATIENT = {"rehab:limits", "rehab:set_limits"}
OF_DOCUMENT = {"rehab:limits_from", "rehab:copy_limits", "rehab:no_limits", "rehab:ask_limits"}
IN_QUERY = {"api_restrictions", "api_plans", "api_measurements"}  # the patient is in the address


def rows(world: Any) -> None:
    cast = world.cast
    load(kind="lanes", now=NOW)
    episode = open_episode(
        patient=cast.okafor, problem="Okafor's leg", region="low_back", by=cast.ana, now=NOW
    )
    words = Hypothesis(words="Okafor's leg hurts")
    world.limited_plan = start_plan(episode=episode, hypothesis=words, by=cast.amin, now=NOW)
    week = TODAY + dt.timedelta(days=7)
    world.limit, world.doubted = set_restrictions(
        patient=cast.okafor, source="physician", source_words="Dr. Amin of Okafor",
        limits=[Limit("drive", "Okafor does not drive", TODAY, week),
                Limit("bend", "Okafor does not bend", TODAY, week)],
        by=cast.amin, now=NOW,
    )  # fmt: skip
    Restriction.objects.filter(pk=world.doubted.pk).update(doubted_at=NOW)
    LimitsCheck.objects.create(
        patient=cast.okafor, document=uuid.uuid4(), found="none", words="Okafor may do it all",
        at=NOW, by=cast.amin,
    )  # fmt: skip


def pk(world: Any, route: str) -> Any:
    """The id a route is about; nothing for routes of others."""
    if route in OF_PATIENT:
        return world.cast.okafor.pk
    if route in OF_DOCUMENT:
        return world.document.pk
    rows = {
        "rehab:lift_limit": "limit",
        "rehab:confirm_limit": "doubted",
        "api_plan": "limited_plan",
    }
    return getattr(world, rows[route]).pk if route in rows else None


def query(world: Any, route: str) -> dict[str, Any]:
    """What the address of a list asks."""
    return {"patient": str(world.cast.okafor.pk)} if route in IN_QUERY else {}


def pages(cast: Any, paper: Any) -> dict[str, Any]:
    """What the measured pages of limits are asked for, and the document’s own."""
    here, beside = (reverse("rehab:limits", args=[cast.okafor.pk]),
                    reverse("rehab:limits_from", args=[paper.pk]))  # fmt: skip
    return {
        "limits": ("amin", "get", here, {}, {}),
        "limits of a document": ("amin", "get", beside, {}, {}),
        "document": ("amin", "get", reverse("documents:document", args=[paper.pk]), {}, {}),
    }


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    limit = {"source": "surgeon", "source_words": "Dr. Mills", "rows": "3", "activity_0": "lift",
             "value_0": "15", "unit_0": "lb", "sentence_0": "Lift at most 15 lb",
             "from_on_0": "2026-11-24", "to_on_0": "2026-12-15", "seen": "0"}  # fmt: skip
    okafor = str(world.cast.okafor.pk)
    return {
        "rehab:set_limits": limit,
        "rehab:copy_limits": limit,
        "rehab:no_limits": {"reason": "Wound care only", "seen": "0"},
        "rehab:lift_limit": {"reason": "Cleared by Dr. Mills", "version": "1"},
        "rehab:confirm_limit": {"reason": "Asked Dr. Mills", "version": "1"},
        "api_measurements": {"patient": okafor, "metric": "sleep_hours", "value": 6, "unit": "h"},
    }
