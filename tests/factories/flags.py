"""Red flags by the way they come: through a call."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from intake.models import RedFlag
from intake.services.calls import use_match
from messaging.models import WorkItem
from messaging.selectors.urgent import urgent_items
from tests.cast import NOW, Cast


def after(minutes: float) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def saddle_numbness(
    cast: Cast, new_call: Callable[..., Any], *, about: Any = None, now: dt.datetime = NOW
) -> RedFlag:
    """An emergency that Ana took down; with `about` the caller is that patient."""
    call = new_call(Q2="yes", now=now)
    if about:
        use_match(call=call, patient=about, birth_date=about.birth_date, by=cast.ana, now=now)
    # That the call itself is still open has its own clock and its own story.
    WorkItem.objects.filter(kind="open_call", subject_id=call.pk).delete()
    return RedFlag.objects.get(call=call)


def must_see(viewer: Any, flag: RedFlag, *, now: dt.datetime) -> bool:
    """It is this viewer's to act on, by what the screens compute at read time."""
    return any(r.mine for r in urgent_items(viewer, now=now) if r.subject_id == flag.pk)


def open_kinds(subject_id: object) -> set[str]:
    return set(
        WorkItem.objects.filter(subject_id=subject_id, closed_at__isnull=True).values_list(
            "kind", flat=True
        )
    )
