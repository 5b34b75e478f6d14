"""Several clinicians at the same document, or at the same limit, in the same moment."""

import threading
from typing import Any

import pytest

from core.documents.services import refile
from core.lib.errors import Conflict
from messaging.models import WorkItem
from rehab.models import LimitsCheck, Restriction
from rehab.services import limits
from rehab.services.limits import lift
from rehab.services.surgeon_documents import copy_limits
from tests.cast import NOW, Cast
from tests.factories.races import race
from tests.rehab.limit_stories import arrives, heard, lift_limit, limited, paper

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_document_is_copied_once(cast: Cast) -> None:
    note = paper(cast)
    arrives(note)
    people = [cast.ruiz, cast.amin, cast.novak, cast.mbeki]

    def copies(number: int) -> object:
        return copy_limits(
            document=note, source="surgeon", source_words="Dr. Mills", limits=[lift_limit()],
            seen=0, by=people[number], now=NOW,
        )  # fmt: skip

    met = race(copies, runners=4)
    assert sum(isinstance(one, Conflict) for one in met) == 3, met
    assert Restriction.objects.count() == LimitsCheck.objects.count() == 1
    assert WorkItem.objects.get(kind="surgeon_limits").close_event == "limits_copied"


def test_two_physicians_settle_the_last_two_doubts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have lifted theirs before either is done: each saw the other's still in doubt."""
    note = paper(cast)
    arrives(note)
    two = [lift_limit(), lift_limit("Carry at most 10 lb", activity="carry", value=10)]
    copy_limits(document=note, source="surgeon", source_words="Dr. Mills", limits=two, seen=0,
                by=cast.ruiz, now=NOW)  # fmt: skip
    note.refresh_from_db()
    refile(document=note, to=cast.hale, reason="Her name is on it", by=cast.ana, now=NOW)
    heard()
    rows = list(Restriction.objects.filter(doubted_at__isnull=False).order_by("pk"))
    people, both, audit = [cast.amin, cast.novak], threading.Barrier(2), limits.audit

    def audited(*args: Any, **more: Any) -> None:
        audit(*args, **more)
        both.wait(10)

    monkeypatch.setattr(limits, "audit", audited)
    met = race(
        lambda n: lift(restriction=rows[n], reason="not his", by=people[n], now=NOW,
                       version=rows[n].version),
        runners=2,
    )  # fmt: skip
    assert not [one for one in met if isinstance(one, Exception)], met
    assert WorkItem.objects.get(kind="limits_doubted").close_event == "limits_settled"


def test_one_limit_is_lifted_once(cast: Cast) -> None:
    row = limited(cast)[0]
    people = [cast.ruiz, cast.amin, cast.novak, cast.mbeki]

    def lifts(number: int) -> object:
        return lift(
            restriction=row, reason=f"reason {number}", by=people[number], now=NOW, version=1
        )

    met = race(lifts, runners=4)
    late = [one for one in met if isinstance(one, Conflict)]
    row.refresh_from_db()
    assert len(late) == 3, met
    assert all(one.versions[0][2] == row.lift_reason for one in late)
    assert row.history.count() == 2
