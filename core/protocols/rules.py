"""What a version may become, and which of several holds. Pure.

A file's version decides from its day on, as a clinic default until somebody signs it. One written
in Hallway decides nothing until a clinician other than its author has signed it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = {
    ("loaded", "sign_off"): "adopted",
    ("proposed", "sign_off"): "adopted",
    ("proposed", "withdraw"): "withdrawn",
}


def state_of(*, written: bool, signed: bool, withdrawn: bool) -> str:
    """The state as the columns tell it."""
    if withdrawn:
        return "withdrawn"
    if signed:
        return "adopted"
    return "proposed" if written else "loaded"


@dataclass(frozen=True)
class Standing:
    """One version that counts: loaded from a file, or written here and signed.

    `since`: when it was loaded, for one written here when it was signed.
    """

    pk: Any
    effective_on: dt.date
    written_here: bool
    since: dt.datetime


def in_order(versions: Iterable[Standing]) -> list[Standing]:
    """From the weakest to the one that holds: the later day wins; on the same day what a clinician
    of this clinic signed wins over a file; among equals the one that came last."""
    return sorted(versions, key=lambda v: (v.effective_on, v.written_here, v.since))


def periods(
    versions: Iterable[Standing],
) -> list[tuple[Standing, dt.date, dt.date | None]]:
    """(version, from, until) of each: `until` is the first day it holds no more, None while it
    does. A version that never held has until = from."""
    ordered = in_order(versions)
    ends: Sequence[dt.date | None] = [*(v.effective_on for v in ordered[1:]), None]
    return [(v, v.effective_on, end) for v, end in zip(ordered, ends, strict=True)]


def holds_on(versions: Iterable[Standing], day: dt.date) -> Standing | None:
    """The version in force on a day; None before the first."""
    started = [v for v in versions if v.effective_on <= day]
    return in_order(started)[-1] if started else None
