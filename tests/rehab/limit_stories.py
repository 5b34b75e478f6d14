"""How the stories about limits begin: a plan, a limit, a surgeon's paper."""

import datetime as dt
from decimal import Decimal
from typing import Any

from core.accounts.roles import Role
from core.documents.models import Document
from core.documents.services import make_document
from core.events.services import dispatch, emit
from core.people.services import join_care_team, open_episode
from core.protocols.models import ProtocolVersion
from core.protocols.services import load
from rehab.limit_rules import Limit
from rehab.models import CarePlan, Restriction
from rehab.plan_body import Hypothesis
from rehab.services.limits import set_restrictions
from rehab.services.plans import start_plan
from tests.cast import NOW, Cast

TODAY = NOW.date()  # in Chicago too
DAY = dt.timedelta(days=1)


def lift_limit(sentence: str = "Lift at most 15 lb", **more: Any) -> Limit:
    values: dict[str, Any] = {"activity": "lift", "from_on": TODAY, "to_on": TODAY + 21 * DAY,
                              "value": Decimal(15), "unit": "lb"}  # fmt: skip
    return Limit(sentence=sentence, **(values | more))


def limited(cast: Cast, *limits: Limit, **more: Any) -> list[Restriction]:
    """Okafor, by Amin."""
    values: dict[str, Any] = {
        "patient": cast.okafor, "source": "physician", "source_words": "Dr. Amin, 24 Nov",
        "limits": limits or [lift_limit()], "by": cast.amin, "now": NOW,
    }  # fmt: skip
    return set_restrictions(**(values | more))


def planned(cast: Cast) -> CarePlan:
    """Okafor's back, with Amin and Ruiz on the team."""
    if not ProtocolVersion.objects.filter(kind="lanes").exists():
        load(kind="lanes", now=NOW)
    for who, role in (("amin", Role.PHYSICIAN), ("ruiz", Role.THERAPIST)):
        join_care_team(
            patient=cast.okafor, user=getattr(cast, who), role=role, by=cast.ana, now=NOW
        )
    episode = open_episode(
        patient=cast.okafor, problem="Left leg pain", region="low_back", by=cast.ana, now=NOW
    )
    return start_plan(
        episode=episode, hypothesis=Hypothesis(words="L5-S1 radicular pain"), by=cast.amin, now=NOW
    )


def paper(cast: Cast, **more: Any) -> Document:
    """An operative note on Okafor's chart, checked and clean; nobody was told of it yet."""
    source = more.pop("source", "")
    values: dict[str, Any] = {
        "patient": cast.okafor, "data": b"x", "kind": "operative_note", "title": "Fusion",
        "file_name": "scan.pdf", "pages": 1, "by": cast.ana, "now": NOW,
    }  # fmt: skip
    row = make_document(**(values | more))
    row.source = source
    row.save()
    return row


def arrives(document: Document, *, at: dt.datetime = NOW, name: str = "documents.clean") -> None:
    """What its check says of it, and the round of the tick that hears it."""
    emit(name=name, subject_id=document.pk, now=at)
    heard(at)


def heard(at: dt.datetime = NOW) -> None:
    dispatch(now=at + dt.timedelta(seconds=5))
