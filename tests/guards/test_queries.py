"""What each page asks of the database: a fixed number of queries, the one on file.

HALLWAY_BASELINE=write writes tests/guards/query_baselines.json again; the change is then reviewed.
"""

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.documents.services import make_document
from intake.models import RedFlag, VisitType
from intake.services.calls import use_match
from messaging.services.threads import start_thread
from outcomes.rules import Entry
from outcomes.services import record_measurement
from tests.cast import NOW, Cast
from tests.factories.records import asked as asked_for
from tests.factories.schedule import Schedule
from tests.factories.updates import Course
from tests.guards import examined, imported, plans
from tests.guards.crowd import crowd
from tests.rehab.manager import Manager

BASELINES = Path(__file__).with_name("query_baselines.json")
# Who reads a patient's page, and how often it may ask (UX 6.1, at any size).
READERS = {"physician": "amin", "therapist": "ruiz", "behavioral health": "lang",
           "coordinator": "park", "front desk": "ana"}  # fmt: skip
SKIM = 15
Ask = tuple[str, str, str, dict[str, Any], dict[str, str]]


def grown(few: Mapping[str, int], many: Mapping[str, int]) -> list[str]:
    return [
        f"{page} asks {few[page]} queries for 10 rows and {many[page]} for 100: fetch what a row "
        "needs together with the rows (select_related, prefetch_related, values)."
        for page in few
        if many[page] > few[page]
    ]


def moved(on_file: Mapping[str, int], asked: Mapping[str, int]) -> list[str]:
    return [
        f"{page} asks {asked.get(page)} queries, on file are {on_file.get(page)}: look for what "
        "changed; if it is meant, run this test with HALLWAY_BASELINE=write."
        for page in sorted({*on_file, *asked})
        if on_file.get(page) != asked.get(page)
    ]


def pages(cast: Cast, call: Any, shown: Any) -> dict[str, Ask]:
    """page → (who, method, address, data, headers)"""
    flag, thread, _ = shown
    none: dict[str, str] = {}
    batch = imported.batch(cast.riverside, cast.park, "checked", cast.okafor)
    htmx = {"HX-Request": "true"}
    answer = reverse("intake:answer", args=[call.pk, "Q1"])
    patient = reverse("home:patient", args=[cast.okafor.pk])
    paper = make_document(patient=cast.okafor, data=b"x", kind="lab", title="x", file_name="x",
                          by=cast.ana, now=NOW, pages=1)  # fmt: skip
    limits_from = reverse("rehab:limits_from", args=[paper.pk])
    return (
        to_the_first_visit(cast)
        | of_the_plan(cast)
        | examined.pages(cast)
        | {
            "today, front desk": ("ana", "get", reverse("home:today"), {}, none),
            "today, physician": ("amin", "get", reverse("home:today"), {}, none),
            "queue": ("ana", "get", reverse("intake:queue"), {}, none),
            "call screen": ("ana", "get", reverse("intake:call", args=[call.pk]), {}, none),
            "call answer": ("ana", "post", answer, {"Q1": "no"}, htmx),
            "flag": ("amin", "get", reverse("intake:flag", args=[flag.pk]), {}, none),
            **{
                f"patient, {role}": (who, "get", patient, {}, none) for role, who in READERS.items()
            },
            "measures": (
                "amin",
                "get",
                reverse("outcomes:measures", args=[cast.okafor.pk]),
                {},
                none,
            ),
            "series": ("amin", "get", reverse("outcomes:series", args=[shown[2].pk]), {}, none),
            "limits": ("amin", "get", reverse("rehab:limits", args=[cast.okafor.pk]), {}, none),
            "limits of a document": ("amin", "get", limits_from, {}, none),
            "documents": (
                "ana",
                "get",
                reverse("documents:chart", args=[cast.okafor.pk]),
                {},
                none,
            ),
            "document": ("amin", "get", reverse("documents:document", args=[paper.pk]), {}, none),
            "refiled documents": ("cole", "get", reverse("documents:refiled"), {}, none),
            "search": ("ana", "post", reverse("home:patients"), {"q": "crowd"}, none),
            "inbox": ("amin", "get", reverse("messaging:inbox"), {}, none),
            "thread": ("amin", "get", reverse("messaging:thread", args=[thread.pk]), {}, none),
            "users": ("cole", "get", reverse("home:users"), {}, none),
            "import": ("park", "get", reverse("importing:batch", args=[batch.pk]), {}, none),
            "imports": ("park", "get", reverse("importing:imports"), {}, none),
            "long work": ("park", "get", reverse("work:jobs"), {}, none),
            "deliveries": ("cole", "get", reverse("messaging:deliveries"), {}, none),
        }
    )


def of_the_plan(cast: Cast) -> dict[str, Ask]:
    """A plan, a step of its pathway, what is told about it."""
    none: dict[str, str] = {}
    way, plan = Manager(cast), Course(cast).row
    step = reverse("rehab:step", args=[way.step("trial").pk])
    return plans.pages(cast, way.fresh()) | {
        "plan": ("amin", "get", reverse("rehab:plan", args=[way.plan.pk]), {}, none),
        "step of the pathway": ("amin", "get", step, {}, none),
        "new deficit": ("ruiz", "get", reverse("rehab:deficit", args=[way.plan.pk]), {}, none),
        "update to write": (
            "ruiz",
            "get",
            reverse("rehab:write_update", args=[plan.pk]),
            {},
            none,
        ),
        "updates": ("amin", "get", reverse("rehab:updates", args=[plan.pk]), {}, none),
    }


def to_the_first_visit(cast: Cast) -> dict[str, Ask]:
    """Records, the schedule, payers."""
    none: dict[str, str] = {}
    wanted = asked_for(cast)
    return {
        "records of a patient": (
            "ana",
            "get",
            reverse("intake:records", args=[cast.okafor.pk]),
            {},
            none,
        ),
        "records request": (
            "ana",
            "get",
            reverse("intake:records_request", args=[wanted.pk]),
            {},
            none,
        ),
        "records": ("ana", "get", reverse("intake:records_list"), {"show": "all"}, none),
        "open requests": ("ana", "get", reverse("intake:records_list"), {"view": "open"}, none),
        "directory": ("ana", "get", reverse("intake:directory"), {}, none),
        "schedule day": ("ana", "get", reverse("intake:schedule"), {}, none),
        "schedule week": ("ana", "get", reverse("intake:schedule") + "?view=week", {}, none),
        "visits": ("ana", "get", reverse("intake:visits", args=[cast.okafor.pk]), {}, none),
        "book": ("ana", "get", book_page(cast), {}, none),
        "first PT": ("ana", "get", reverse("intake:pt_start"), {}, none),
        "schedule set-up": ("cole", "get", reverse("intake:set_up"), {}, none),
        "library": ("ana", "get", reverse("protocols:library"), {}, none),
        "payers": ("park", "get", reverse("intake:payers"), {}, none),
        "class of payers": (
            "park",
            "get",
            reverse("intake:payer_class", args=["self_pay"]),
            {},
            none,
        ),
    }


def book_page(cast: Cast) -> str:
    kind = VisitType.objects.get(clinic=cast.riverside, kind="pt_eval")
    return reverse("intake:book", args=[cast.okafor.pk]) + f"?type={kind.pk}"


def count(cast: Cast, asks: Mapping[str, Ask], as_user: Callable[[Any], Client]) -> dict[str, int]:
    """Queries per page, the second time round: caches that live as long as the process are warm."""
    asked = {}
    browsers = {who: as_user(getattr(cast, who)) for who in {ask[0] for ask in asks.values()}}
    for page, (who, method, address, data, headers) in asks.items():
        for _ in range(2):
            with transaction.atomic():
                with CaptureQueriesContext(connection) as seen:
                    response = getattr(browsers[who], method)(address, data, headers=headers)
                transaction.set_rollback(True)
            assert response.status_code == 200, f"{page} answers {response.status_code}"
        asked[page] = len(seen)
    return asked


def flag_of(cast: Cast, new_call: Callable[..., Any]) -> RedFlag:
    born = cast.okafor.birth_date
    call = use_match(
        call=new_call(Q2="yes"), patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW
    )
    return RedFlag.objects.get(call=call)


@pytest.mark.timeout(300)
def test_pages_ask_a_fixed_number_of_queries(
    cast: Cast, new_call: Callable[..., Any], as_user: Callable[[Any], Client]
) -> None:
    with time_machine.travel(NOW, tick=False):
        flags = [flag_of(cast, new_call) for _ in range(2)]
        thread = start_thread(
            clinic=cast.riverside, patient=cast.okafor, title="x", body="x",
            to=[cast.amin, cast.ruiz], by=cast.ana, now=NOW, dedupe_key="crowd",
        )  # fmt: skip
        measure = record_measurement(
            patient=cast.okafor, metric="sleep_hours", entry=Entry(value="5"), by=cast.ruiz,
            now=NOW, measured_at=NOW - dt.timedelta(days=1),
        )  # fmt: skip
        shown = (flags[0], thread, measure)
        Schedule(cast)
        asks = pages(cast, new_call(Q4="no"), shown)
        crowd(cast, shown, 0, 10)
        imported.crowd(cast, 0, 10)
        plans.crowd(cast, 0, 10)
        few = count(cast, asks, as_user)
        crowd(cast, shown, 10, 100)
        imported.crowd(cast, 10, 100)
        plans.crowd(cast, 10, 100)
        flags += [flag_of(cast, new_call) for _ in range(4)]
        many = count(cast, asks, as_user)
    problems = grown(few, many)
    if os.environ.get("HALLWAY_BASELINE") == "write" and not problems:
        BASELINES.write_text(json.dumps(few, indent=2) + "\n")
    problems += moved(json.loads(BASELINES.read_text()), few)
    problems += [
        f"{page} asks {asked} queries; a patient's page may ask {SKIM}: let it stand beside the "
        "patient (config/home/chart.py, core/lib/beside.py)."
        for page, asked in few.items()
        if page.startswith("patient, ") and asked > SKIM
    ]
    assert not problems, "\n".join(problems)


def test_it_fails_for_a_page_that_grows_or_moved() -> None:
    assert "asks 12 queries for 10 rows and 102 for 100" in grown({"a": 12}, {"a": 102})[0]
    assert grown({"a": 12}, {"a": 12}) == []
    assert len(moved({"a": 12, "gone": 1}, {"a": 13, "new": 1})) == 3
    assert moved({"a": 12}, {"a": 12}) == []
