"""What happened to a patient, newest first: calls, visits, the plan, documents, messages.

One query whatever is asked; each part is limited by itself, and a page ends with the key of the
next: an instant and an id, as several things happen at the same instant. Whoever may not read a
part of the chart has no line of it.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from config.home.since_rows import News, part
from core.accounts.models import User
from core.documents.models import Document
from core.lib.routes import url
from core.people.fields import Part, shows
from core.people.models import Patient
from intake.models import Appointment, Call, Disposition, RedFlag
from messaging.models import Thread
from messaging.selectors.inbox import threads_visible_to
from rehab.models import (
    Addendum,
    CarePlan,
    FirstVisit,
    PathwayStep,
    PlanVersion,
    Restriction,
)
from rehab.plan_body import PARTS, THEN
from rehab.update_rules import cut

LONGEST = 300  # of what was added to a first visit; its page has all of it
PAGE = 6  # the page of a patient stays below 60 kB
SHOWN = {"": "Everything", "calls": "Calls and red flags", "visits": "Visits",
         "plan": "Plan and limits", "documents": "Documents", "messages": "Messages"}  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """What came before this row: earlier, or at the same moment with a lesser id."""

    at: dt.datetime
    pk: uuid.UUID | None = None  # None: everything of that moment too

    def earlier(self, column: str) -> Q:
        if self.pk is None:
            return Q(**{f"{column}__lte": self.at})
        return Q(**{f"{column}__lt": self.at}) | Q(**{column: self.at, "pk__lt": self.pk})


@dataclass(frozen=True)
class Event:
    """One line. `tag`: (word, tone) or none; `href` "" = it has no page."""

    at: dt.datetime
    title: str
    who: str
    icon: str
    text: str = ""
    href: str = ""
    tag: tuple[str, str] | None = None


@dataclass(frozen=True)
class Timeline:
    events: list[Event]
    older: str  # where the next page begins; "" at the end
    shown: str
    further: bool  # this is not the first page


def timeline(
    viewer: User,
    patient: Patient,
    *,
    now: dt.datetime,
    show: str = "",
    before: tuple[dt.datetime, uuid.UUID] | None = None,
) -> Timeline:
    """A page of what happened until now. The caller fetched the patient through `patient_for`.

    `before` = the key of the last row shown; a later one than now begins at the top.
    """
    show = show if show in SHOWN else ""
    until = Edge(*before) if before and before[0] <= now else Edge(now)
    parts = list(_parts(viewer, patient, show, until, now))
    if not parts:
        return Timeline([], "", show, further=False)
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    found = sorted((News(*row) for row in rows), key=lambda row: (row.at, row.id), reverse=True)
    page = found[:PAGE]
    older = f"{page[-1].at.isoformat()}_{page[-1].id}" if len(found) > PAGE else ""
    events = [WORDS[row.kind](row) for row in page]
    return Timeline(events, older, show, further=until.pk is not None)


def _parts(
    viewer: User, patient: Patient, show: str, until: Edge, now: dt.datetime
) -> Iterator[QuerySet[Any, Any]]:
    if show in {"", "calls"}:
        yield _calls(viewer, patient, until)
        yield _flags(viewer, patient, until)
    if show in {"", "visits"} and shows(viewer, Part.VISITS):
        yield _visits(patient, until)
    if show in {"", "visits"} and shows(viewer, Part.FIRST_VISITS):
        yield _signed(patient, until)
        yield _added(patient, until)
    if show in {"", "plan"} and shows(viewer, Part.PLANS):
        yield _versions(patient, until)
        yield _limits(patient, until)
        yield _steps(patient, until)
        yield _ended(patient, until)
    if show in {"", "documents"} and shows(viewer, Part.DOCUMENTS):
        yield _documents(patient, until)
    if show in {"", "messages"}:
        yield _threads(viewer, patient, until, now)


def _page(kind: str, rows: QuerySet[Any], at: str, who: str, **facts: Any) -> QuerySet[Any, Any]:
    return part(kind, rows, at=at, who=who, facts=facts, most=PAGE + 1)


def _calls(viewer: User, patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = Call.objects.filter(until.earlier("received_at"), patient=patient)
    return _page("call", rows, "received_at", "opened_by", went=F("disposition"), state=F("state"))


def _flags(viewer: User, patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = RedFlag.objects.filter(until.earlier("opened_at"), patient=patient)
    said = {"decided": F("decided_at"), "went": F("disposition"), "goes": F("decided_disposition")}
    if shows(viewer, Part.WORDS):
        said |= {"reasons": F("reasons"), "decision": F("decision_reason")}
    return _page("flag", rows, "opened_at", "opened_by", **said)


def _visits(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = Appointment.objects.filter(
        ~Q(state="moved"), until.earlier("starts_at"), patient=patient
    )
    words = {"words": F("visit_type__words"), "state": F("state")}
    return _page("visit", rows, "starts_at", "provider", **words)


def _versions(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = PlanVersion.objects.filter(until.earlier("made_at"), plan__patient=patient)
    words = {"number": F("number"), "part": F("part"), "why": F("why"),
             "deficit": F("body__deficit"), "plan": F("plan_id")}  # fmt: skip
    return _page("plan", rows, "made_at", "made_by", **words)


def _steps(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = PathwayStep.objects.filter(until.earlier("decided_at"), plan__patient=patient)
    words = {"decision": F("decision"), "words": F("decision_words")}
    return _page("step", rows, "decided_at", "decided_by", **words)


def _ended(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = CarePlan.objects.filter(until.earlier("ended_at"), patient=patient)
    words = {"reason": F("end_reason"), "about": F("episode__problem")}
    return _page("ended", rows, "ended_at", "ended_by", **words)


def _signed(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = FirstVisit.objects.filter(until.earlier("signed_at"), patient=patient)
    return _page("signed", rows, "signed_at", "signed_by", about=F("episode__problem"))


def _added(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = Addendum.objects.filter(until.earlier("at"), visit__patient=patient)
    return _page("added", rows, "at", "by", words=F("words"), visit=F("visit_id"))


def _limits(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = Restriction.objects.filter(until.earlier("set_at"), patient=patient)
    words = {"words": F("sentence"), "source": F("source_words"), "lifted": F("lifted_at"),
             "patient": F("patient_id")}  # fmt: skip
    return _page("limit", rows, "set_at", "set_by", **words)


def _documents(patient: Patient, until: Edge) -> QuerySet[Any, Any]:
    rows = Document.objects.filter(until.earlier("uploaded_at"), patient=patient)
    rows = rows.exclude(state=Document.State.REJECTED)
    words = {"words": F("title"), "sort": F("kind"), "reviewed": F("reviewed_at")}
    return _page("document", rows, "uploaded_at", "uploaded_by", **words)


def _threads(viewer: User, patient: Patient, until: Edge, now: dt.datetime) -> QuerySet[Any, Any]:
    rows = threads_visible_to(viewer, now=now).filter(until.earlier("opened_at"), patient=patient)
    rows = rows.exclude(kind=Thread.Kind.RED_FLAG)
    return _page("thread", rows, "opened_at", "opened_by", words=F("title"))


# --- rows as lines --------------------------------------------------------------------------------


def _call(row: News) -> Event:
    went = row.facts["went"]
    where = Disposition(went).label if went else "Nobody answered the questions yet"
    return Event(row.at, "Call", row.who, "phone", where, url("intake:call", row.id))


def _flag(row: News) -> Event:
    facts = row.facts
    reasons = [r["why"] for r in facts.get("reasons", ()) if r.get("rule") != "incomplete"]
    where = str(Disposition(facts["goes"] or facts["went"]).label)
    text = ". ".join(w for w in (where, "; ".join(reasons), facts.get("decision", "")) if w)
    tag = ("Decided", "neutral") if facts["decided"] else ("Open", "danger")
    return Event(row.at, "Red flag", row.who, "siren", text, url("intake:flag", row.id), tag)


VISIT_TAGS = {"booked": ("did they come?", "warn"), "arrived": ("arrived", "info"),
              "done": ("done", "good"), "no_show": ("did not come", "warn"),
              "cancelled": ("cancelled", "neutral")}  # fmt: skip


def _visit(row: News) -> Event:
    link = url("intake:appointment", row.id)
    tag = VISIT_TAGS.get(row.facts["state"])
    return Event(row.at, row.facts["words"], row.who, "calendar", "", link, tag)


def _version(row: News) -> Event:
    if row.facts["part"] == "deficit":
        return _deficit(row)
    what = PARTS.get(row.facts["part"], "")
    first = "begun" if row.facts["number"] == 1 else "changed: restrictions"
    title = f"Plan changed: {what.lower()}" if what else f"Plan {first}"
    return Event(row.at, title, row.who or "Hallway", "route", row.facts["why"],
                 url("rehab:plan_version", row.id))  # fmt: skip


def _deficit(row: News) -> Event:
    title, tag = "New deficit", ("Surgery is weighed", "danger")
    if not row.facts["deficit"]:
        title, tag = "Deficit taken back", ("Plan as before", "neutral")
    return Event(row.at, title, row.who or "Hallway", "octagon-alert", row.facts["why"],
                 url("rehab:plan_version", row.id), tag)  # fmt: skip


def _decided(row: News) -> Event:
    what = THEN.get(row.facts["decision"], row.facts["decision"])
    return Event(row.at, f"Pathway decided: {what[:1].lower()}{what[1:]}", row.who, "route",
                 row.facts["words"], url("rehab:step", row.id))  # fmt: skip


def _over(row: News) -> Event:
    text = f"{row.facts['about']}: {row.facts['reason']}"
    return Event(row.at, "Plan ended", row.who, "route", text, url("rehab:plan", row.id))


def _first_visit(row: News) -> Event:
    return Event(row.at, "First visit signed", row.who, "signature", row.facts["about"],
                 url("rehab:first_visit", row.id))  # fmt: skip


def _addendum(row: News) -> Event:
    return Event(row.at, "Added to the first visit", row.who, "signature",
                 cut(row.facts["words"], LONGEST),
                 url("rehab:first_visit", row.facts["visit"]))  # fmt: skip


def _limit(row: News) -> Event:
    tag = ("lifted", "neutral") if row.facts["lifted"] else None
    return Event(row.at, "Limit set", row.who or "Hallway", "ban",
                 f"{row.facts['words']} ({row.facts['source']})",
                 url("rehab:limits", row.facts["patient"]), tag)  # fmt: skip


def _document(row: News) -> Event:
    tag = None if row.facts["reviewed"] else ("not reviewed", "neutral")
    label = str(Document.Kind(row.facts["sort"]).label)
    return Event(row.at, row.facts["words"] or label, row.who or "Hallway", "file-text", label,
                 url("documents:document", row.id), tag)  # fmt: skip


def _thread(row: News) -> Event:
    return Event(row.at, row.facts["words"], row.who, "message-square", "",
                 url("messaging:thread", row.id))  # fmt: skip


WORDS: dict[str, Callable[[News], Event]] = {
    "call": _call, "flag": _flag, "visit": _visit, "plan": _version, "limit": _limit,
    "document": _document, "thread": _thread, "step": _decided, "ended": _over,
    "signed": _first_visit, "added": _addendum,
}  # fmt: skip
