"""What the forms of the ledger send, as the services take it."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.http import HttpRequest  # noqa: TID251 - reads the form's own fields

from core.accounts.models import User
from core.lib.errors import Refused
from core.lib.instants import read_instant
from core.people.models import Episode, Patient
from outcomes.models import Measurement
from outcomes.rules import Entry
from outcomes.selectors import episodes_of, measurers_of

DETAIL = "d_"  # before the id of a detail that the metric asks for
OLD = dt.timedelta(days=366)


def entry_in(request: HttpRequest) -> Entry:
    """One metric as typed."""
    post = request.POST
    return Entry(
        value=post.get("value", ""),
        missing_reason=post.get("missing_reason", ""),
        instrument=post.get("instrument", ""),
        side=post.get("side", ""),
        region=post.get("region", ""),
        details={
            name.removeprefix(DETAIL): str(text)
            for name, text in post.items()
            if name.startswith(DETAIL)
        },
    )


@dataclass(frozen=True)
class Circumstances:
    """When, by whom and for which problem; what the form leaves out is now, oneself, the only."""

    measured_at: dt.datetime | None = None
    clinician: User | None = None
    episode: Episode | None = None


def circumstances_in(
    request: HttpRequest, viewer: User, patient: Patient, *, now: dt.datetime
) -> Circumstances:
    """Raises Refused for a day that is none, and for who or what the form did not offer."""
    when = request.POST.get("measured_at", "").strip()
    who, what = request.POST.get("clinician", ""), request.POST.get("episode", "")
    people = {str(u.pk): u for u in measurers_of(patient, now=now)} if who else {}
    problems = {str(e.pk): e for e in episodes_of(patient)} if what else {}
    if who and who != str(viewer.pk) and who not in people:
        raise Refused("Choose who measured: somebody of the care team.")
    if what and what not in problems:
        raise Refused("Choose one of this patient’s problems.")
    return Circumstances(
        measured_at=read_instant(when) if when else None,
        clinician=people.get(who),
        episode=problems.get(what),
    )


def saved_words(row: Measurement) -> str:
    """What the page says of a saved one; an old day is right for a value of earlier records."""
    if row.recorded_at - row.measured_at <= OLD:
        return "Saved."
    return (
        "Saved, as measured more than a year ago. If the year is a slip, open the series and mark "
        "this value as wrong."
    )


@dataclass(frozen=True)
class Typed:
    """A refused form: what stood in it and what to do, for the page that shows it again.

    `slot` says which of the page's forms it was.
    """

    slot: str = ""
    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, slot: str, name: str, otherwise: str = "") -> str:
        """What stood in a field, if it was this form; else what it offers."""
        return self.values.get(name, "") if self.slot == slot else otherwise

    def why(self, slot: str, name: str) -> str | None:
        """What to do about a field of this form; "" = about the whole of it."""
        return self.problems.get(name) if self.slot == slot else None


def typed_in(request: HttpRequest, problems: dict[str, str]) -> Typed:
    left_out = {"csrfmiddlewaretoken", "form_key"}
    values = {k: str(v) for k, v in request.POST.items() if k not in left_out}
    return Typed(values.get("slot", ""), values, problems)


def problems_of(refusal: Refused) -> dict[str, str]:
    """Field → sentence; "" = about the whole form."""
    found: dict[str, str] = getattr(refusal, "problems", {}) or {"": str(refusal)}
    return found


def instant_and_id(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """`<instant>_<id>` of the last row shown; anything else starts from the top."""
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        instant = dt.datetime.fromisoformat(at)
        return (instant, uuid.UUID(pk)) if instant.tzinfo else None
    except ValueError:
        return None
