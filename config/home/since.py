"""“Since you last looked”: what came to a patient while this reader was away.

When somebody last looked is on the audit trail: every view of the patient's page is written there
(`looked`). What came since is one query however much happened, from the rows themselves, so a
correction shows as what it is now. Whoever may not read a part of the chart has no line of it.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.timezone import localtime

from config.home.since_rows import News, newest_update, news
from core.accounts.models import User
from core.audit.selectors import last_look
from core.audit.services import record
from core.lib.routes import url
from core.lib.ui import at as moment
from core.lib.ui import day
from core.people.fields import Part, shows
from core.people.models import Patient
from core.people.related import charts_of
from outcomes.moves import Move, move_of
from outcomes.protocol_schema import MetricsProtocol
from outcomes.rules import SeriesKey
from outcomes.selectors import metrics_at
from rehab.models import CarePlan, PlanVersion
from rehab.plan_body import THEN, PlanBody
from rehab.plan_rules import DEFICIT, LIMITS, Change, differences
from rehab.update_rules import LABELS, cut, told

PAGE = "patient_page"  # object_kind of a view of the patient's page
# A reload, a form sent and coming back from another page are the same look: somebody reads a chart
# in minutes, and half an hour later may have seen somebody else in between (product decision).
SAME_LOOK = dt.timedelta(minutes=30)
MOST = 5  # lines: it is read in thirty seconds, without scrolling
LINE = 160


@dataclass(frozen=True)
class Line:
    """One thing that came: `who` "" = Hallway itself; `link` "" = it has no page."""

    label: str
    text: str
    at: dt.datetime
    who: str = ""
    link: str = ""
    tone: str = ""  # warn, danger


@dataclass(frozen=True)
class Told:
    """The newest update: its elements as (label, text); `fresh` = it came since."""

    elements: Sequence[tuple[str, str]]
    who: str
    at: dt.datetime
    link: str
    fresh: bool


@dataclass(frozen=True)
class Since:
    """`looked_at` None = the first time here; `plan` then says it in three lines."""

    looked_at: dt.datetime | None
    update: Told | None = None
    lines: Sequence[Line] = field(default=())
    more: int = 0
    plan: Sequence[tuple[str, str]] = field(default=())

    @property
    def groups(self) -> list[tuple[Line, list[Line]]]:
        """Lines that came together under one label, by one person on one day: (the first, all)."""
        found: dict[tuple[str, str, dt.date], list[Line]] = {}
        for line in self.lines:
            found.setdefault((line.label, line.who, localtime(line.at).date()), []).append(line)
        return [(lines[0], lines) for lines in found.values()]


@dataclass(frozen=True)
class Looked:
    """When this reader last looked at this very chart (None: never), and what was merged into it:
    a look at that counts too."""

    at: dt.datetime | None
    merged: Sequence[uuid.UUID] = ()


@dataclass(frozen=True)
class Known:
    """What the page has read already: `body` of the plan's newest version, the metrics, the look.

    None = it has not; the block then asks for itself.
    """

    body: PlanBody | None = None
    protocol: MetricsProtocol | None = None
    look: Looked | None = None


NOTHING = Known()


def looked(viewer: User, patient: Patient, *, now: dt.datetime) -> None:
    """The patient's page was opened, as `patient_for(…, kind=PAGE)` writes it on the trail."""
    record(by=viewer, action="read", object_kind=PAGE, object_id=patient.pk,
           patient_id=patient.pk, now=now)  # fmt: skip


def since_of(
    viewer: User,
    patient: Patient,
    plan: CarePlan | None,
    *,
    now: dt.datetime,
    known: Known = NOTHING,
) -> Since:
    """At most four queries, one where the page knows the rest. The caller fetched the patient
    through `patient_for`."""
    look = known.look
    if look and not look.merged:
        charts, at = [patient.pk], look.at
    else:
        charts = charts_of(patient.pk, merged=look.merged if look else ())
        at = last_look(viewer.pk, charts, kind=PAGE, before=now - SAME_LOOK)
    plan, protocol = plan if shows(viewer, Part.PLANS) else None, known.protocol
    if at is None:
        return _first_time(plan, known.body)
    found = news(viewer, patient, charts=charts, since=at)
    if any(row.kind in {"measure", "wrong"} for row in found) and protocol is None:
        protocol = metrics_at(now, patient.clinic)
    update = next((_told(row, viewer, at) for row in found if row.kind == "update"), None)
    lines = [*_measured(found, plan, protocol, since=at), *_planned(found, plan)]
    lines += [WORDS[row.kind](row) for row in found if row.kind in WORDS]
    lines.sort(key=lambda line: line.at, reverse=True)
    return Since(at, update, lines[:MOST], more=max(len(lines) - MOST, 0))


def _first_time(plan: CarePlan | None, body: PlanBody | None) -> Since:
    """The plan in three lines instead of everything that ever happened."""
    if plan is None:
        return Since(None)
    if body is None:
        said = PlanVersion.objects.filter(plan=plan, number=plan.head).values_list(
            "body", flat=True
        )
        body = PlanBody.model_validate(said.first() or {})
    newest = newest_update(plan.patient)
    update = _told(newest, None, None) if newest else None
    therapy = body.therapy.emphasis or "; ".join(row.words for row in body.therapy.exercises)
    until = f" by {day(body.goal.by_on)}" if body.goal.by_on else ""
    lines = (
        ("What hurts", body.hypothesis.words),
        ("Goal", f"{body.goal.words}{until}" if body.goal.words else ""),
        ("Therapy", therapy),
    )
    return Since(None, update, plan=[(label, cut(text, LINE)) for label, text in lines if text])


def _told(row: News, viewer: User | None, since: dt.datetime | None) -> Told:
    mine = viewer is not None and row.facts["by_id"] == str(viewer.pk)
    return Told(
        elements=[(label, row.facts[name]) for name, label in LABELS.items()],
        who=row.who,
        at=row.at,
        link=url("rehab:updates", uuid.UUID(row.facts["plan_id"])),
        fresh=since is not None and row.at > since and not mine,
    )


# --- rows as lines --------------------------------------------------------------------------------


def _measured(
    found: Sequence[News],
    plan: CarePlan | None,
    protocol: MetricsProtocol | None,
    *,
    since: dt.datetime,
) -> Iterator[Line]:
    """One line a series: its newest value with what the reader knew, of one moment the goal's
    first; then what was wrong."""
    if protocol is None:
        return
    newest: dict[SeriesKey, tuple[Move, News, str]] = {}
    fresh = [(dt.datetime.fromisoformat(row.facts["measured_at"]), row)
             for row in found if row.kind == "measure"]  # fmt: skip
    for measured, row in sorted(fresh, key=lambda one: one[0], reverse=True):
        move = move_of({"id": row.id, "at": row.at} | row.facts, protocol)
        old = f", measured on {day(measured)}" if measured <= since else ""
        newest.setdefault(move.key, (move, row, old))
    goal = plan.goal_metric if plan else ""
    for move, row, old in sorted(
        newest.values(),
        key=lambda one: (one[0].key.metric != goal, not one[0].anchor, one[0].name, one[0].key),
    ):
        yield Line("Measured", capital(move.words) + old, row.at, row.who, _series(row.id))
    for row in (row for row in found if row.kind == "wrong"):
        move = move_of({"id": row.id, "at": row.at, "before": None} | row.facts, protocol)
        text = f"{capital(move.words)} was wrong: {row.facts['wrong_reason']}"
        yield Line("Marked as wrong", text, row.at, row.who, _series(row.id), "warn")


def _series(pk: uuid.UUID) -> str:
    return url("outcomes:series", pk)


def _planned(found: Sequence[News], shown: CarePlan | None) -> Iterator[Line]:
    """What each plan says otherwise than when the reader saw it; limits and a new deficit have
    lines of their own. Another plan than the one `shown` is called by its problem."""
    seen = {row.facts["plan_id"]: row for row in found if row.kind == "version_seen"}
    for row in (row for row in found if row.kind == "version"):
        plan = row.facts["plan_id"]
        link = url("rehab:plan_version", row.id)
        other = "" if shown and plan == str(shown.pk) else f"{row.facts['about']}: "
        if plan not in seen:
            text = capital(f"{other}the plan was written.")
            yield Line("Plan", text, row.at, row.who, link)
            continue
        before, after = (PlanBody.model_validate(one.facts["body"]) for one in (seen[plan], row))
        changes = [one for one in differences(before, after) if not _has_a_line(one)]
        if changes:
            text = cut(other + told(changes), LINE)
            yield Line("Plan changed", text, row.at, row.who, link)


def _has_a_line(change: Change) -> bool:
    return change.part == LIMITS or (change.part == DEFICIT and bool(change.new))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ends(row: News) -> str:
    if row.facts["to_on"]:
        return f"to {day(dt.date.fromisoformat(row.facts['to_on']))}"
    return f"until {row.facts['until']}"


def _limits(row: News) -> str:
    return url("rehab:limits", uuid.UUID(row.facts["patient_id"]))


def _limit(row: News) -> Line:
    text = f"{row.facts['sentence']} ({row.facts['source_words']}), {_ends(row)}"
    return Line(
        "Limit",
        text,
        row.at,
        row.who,
        url("rehab:limits", uuid.UUID(row.facts["patient_id"])),
        "warn",
    )


def _lifted(row: News) -> Line:
    text = f"{row.facts['sentence']}: {row.facts['lift_reason']}"
    return Line(
        "Limit lifted",
        text,
        row.at,
        row.who,
        url("rehab:limits", uuid.UUID(row.facts["patient_id"])),
    )


def _flag(row: News) -> Line:
    reasons = [r["why"] for r in row.facts.get("reasons", ()) if r.get("rule") != "incomplete"]
    text = "; ".join(reasons) or "A finding that cannot wait"
    return Line("Red flag", cut(text, LINE), row.at, row.who, url("intake:flag", row.id), "danger")


def _decided(row: News) -> Line:
    words = {"confirm": "Confirmed", "change": "Sent somewhere else"}
    text = words.get(row.facts["decision"], "Decided")
    return Line("Red flag decided", text, row.at, row.who, url("intake:flag", row.id))


def _visit(row: News) -> Line:
    came = row.facts["state"] == "done"
    text = f"{row.facts['words']}, {moment(dt.datetime.fromisoformat(row.facts['starts_at']))}"
    link = url("intake:appointment", row.id)
    return Line("Visit" if came else "Did not come", text, row.at, row.who, link,
                "" if came else "warn")  # fmt: skip


def _document(row: News) -> Line:
    link = url("documents:document", row.id)
    return Line("Document", row.facts["title"], row.at, row.who, link)


def _message(row: News) -> Line:
    link = url("messaging:thread", uuid.UUID(row.facts["thread"]))
    return Line("Message", row.facts["title"], row.at, row.who, link)


def _deficit(row: News) -> Line:
    link = url("rehab:plan", uuid.UUID(row.facts["plan_id"]))
    if not row.facts["deficit"]:
        return Line("Deficit taken back", row.facts["why"], row.at, row.who, link, "warn")
    return Line("New deficit", row.facts["why"], row.at, row.who, link, "danger")


def _step(row: News) -> Line:
    what = THEN.get(row.facts["decision"], row.facts["decision"])
    text = cut(f"{what}: {row.facts['decision_words']}", LINE)
    return Line("Decided", text, row.at, row.who, url("rehab:step", row.id))


def _ended(row: News) -> Line:
    text = f"{row.facts['about']}: {row.facts['reason']}"
    return Line("Plan ended", cut(text, LINE), row.at, row.who, url("rehab:plan", row.id), "warn")


def _signed(row: News) -> Line:
    link = url("rehab:first_visit", row.id)
    return Line("First visit signed", row.facts["about"], row.at, row.who, link)


def _added(row: News) -> Line:
    link = url("rehab:first_visit", uuid.UUID(row.facts["visit_id"]))
    text = cut(row.facts["words"], LINE)
    return Line("Added to the first visit", text, row.at, row.who, link)


WORDS: Mapping[str, Callable[[News], Line]] = {
    "limit": _limit,
    "lifted": _lifted,
    "flag": _flag,
    "decided": _decided,
    "visit": _visit,
    "document": _document,
    "message": _message,
    "deficit": _deficit,
    "step": _step,
    "ended": _ended,
    "signed": _signed,
    "added": _added,
}
