"""The matrix's world: a document, a measure, protocol versions and a payer, with their forms."""

from typing import Any

from core.documents.services import make_document
from core.people.services.payers import PayerFacts, add_payer
from core.protocols.editing import Wanted, propose
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import protocol_of
from core.protocols.services import load
from core.protocols.text import text_of
from intake.payers.services import load_policies
from outcomes.rules import Entry
from outcomes.services import record_measurement
from tests.cast import NOW, Cast
from tests.factories.uploads import picture, upload


def rows(world: Any) -> None:
    cast = world.cast
    world.document = make_document(  # a picture: shown without a process of its own
        patient=cast.okafor, data=picture(), kind="imaging_report", title="MRI of Okafor",
        file_name="Okafor Daniel.png", content_type="image/png", pages=1, by=cast.ana, now=NOW,
    )  # fmt: skip
    world.version = ProtocolVersion.objects.get(kind="red_flags")
    # Written once: every door asks for the bodies of all.
    world.wording = text_of(protocol_of(world.version)).replace("title: ", "title: The ", 1)
    world.rules, _ = load(kind="payer_policies", now=NOW)
    load_policies(now=NOW)
    world.proposal = written(cast)
    world.payer = add_payer(
        clinic=cast.riverside, wanted=PayerFacts("Blue Shield", "self_pay"), by=cast.park, now=NOW
    )  # fmt: skip
    world.measure = record_measurement(
        patient=cast.okafor, metric="sleep_hours", entry=Entry(value="5"), by=cast.ruiz, now=NOW
    )


def written(cast: Cast) -> ProtocolVersion:
    """A version of the due times that nobody has signed yet."""
    parent = ProtocolVersion.objects.get(kind="escalation")
    wanted = Wanted(
        text_of(protocol_of(parent)).replace("n: 15", "n: 10", 1), "90", "2026-11-24", "Faster"
    )
    return propose(parent=parent, wanted=wanted, clinic=cast.riverside, seen=1, by=cast.lang,
                   now=NOW)  # fmt: skip


def papers(world: Any, key: str) -> dict[str, dict[str, Any]]:
    """Forms about the document."""
    label = {"kind": "lab", "title": "Blood"}
    return {
        "documents:upload": label | {"form_key": key, "files": upload(picture(), "Okafor.png")},
        "documents:classify": label | {"version": "1", "was_kind": "imaging_report"},
        "documents:review": {"words": "Read", "version": "1"},
        "documents:find": {"q": "hale"},
        "documents:move": {"patient": str(world.cast.hale.pk), "version": "1",
                           "reason": "Her name stands on page 1"},
    }  # fmt: skip


def measured(world: Any) -> dict[str, dict[str, Any]]:
    okafor = str(world.cast.okafor.pk)
    return {
        "outcomes:add": {"metric": "sleep_hours", "value": "6"},
        "outcomes:survey": {"item_0": "5", "item_1": "5", "item_2": "5"},
        "outcomes:wrong": {"reason": "Okafor was not there", "version": "1"},
        "api_survey_score": {"items": [5, 5, 5], "patient": okafor},
    }


def bodies(world: Any, key: str) -> dict[str, dict[str, Any]]:
    return papers(world, key) | measured(world) | library_bodies(world)


def library_bodies(world: Any) -> dict[str, dict[str, Any]]:
    return {
        "protocols:edit": {"text": world.wording, "number": "90", "effective_on": "2026-11-24",
                           "reason": "Clearer",
                           "version": "1", "save": "1"},
        "protocols:withdraw": {"reason": "Not needed"},
        "intake:add_payer": {"name": "Gold", "payer_class": "qhp_ffe", "active": "yes"},
        "intake:change_payer": {"name": "Blue", "payer_class": "self_pay", "active": "yes",
                                "was_name": "Blue Shield", "was_payer_class": "self_pay",
                                "was_active": "yes", "version": "1"},
        "intake:payer_checked": {"service": "estimate", "shown": str(world.rules.pk)},
    }  # fmt: skip
