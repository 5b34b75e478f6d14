"""The first visit of a problem: opened once, written section by section, signed, added to.

What two people wrote in different fields is kept, what both changed comes back with both texts.
Once it is signed nothing of it changes: services and database refuse, and words are added below.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import next_state
from core.people.dates import today_at
from core.people.models import Episode
from core.people.services.sheets import save
from core.protocols.selectors import current_version, protocol_of
from messaging.models import WorkItem
from messaging.services.work import close_item, open_item
from outcomes.protocol_schema import MetricsProtocol
from outcomes.rules import Unreadable
from outcomes.services import record_measurement
from outcomes.services.measures import metrics_now
from rehab.exam_schema import FirstVisitProtocol
from rehab.models import Addendum, CarePlan, FirstVisit
from rehab.plan_rules import VISIT
from rehab.services.plans import TO_BEGIN, check_lane, lanes_now
from rehab.services.versions import check_chart
from rehab.services.visit_refusals import refused_cards
from rehab.visit_amount_rules import checked_limits, entries
from rehab.visit_body import (
    BLOCKS,
    SECTIONS,
    VisitBody,
    lines_of,
    met,
    section_of,
    unslot,
    with_section,
)
from rehab.visit_rules import checked_exam, filled, items_of, labels_of, missing

SHORTEST, LONGEST, LONGEST_WORDS = 3, 300, 4000
KIND = "first_visit_sign"
SIGNED = "This first visit is signed. Nothing of it changes any more; add words below it."
DISCARDED = "This first visit was discarded. It stays readable; a new one can be begun."


@dataclass(frozen=True)
class Saved:
    """The visit as it is now; `filled`: answers that “all normal” gave; `problems`: what was not
    saved, line → what to write; `met`: a colleague's answers of the card are among it."""

    visit: FirstVisit
    filled: int = 0
    problems: Mapping[str, str] = field(default_factory=dict)
    met: bool = False


@transaction.atomic
def open_visit(*, episode: Episode, by: User, now: dt.datetime) -> FirstVisit:
    """The first visit of a problem, to be signed by the end of the next business day.

    Opened twice is once. Raises Refused for a problem that is closed.
    """
    _check_writer(by)
    there = FirstVisit.objects.filter(episode=episode, state__in=("open", "signed")).first()
    fresh = check_chart(episode, there)
    if there:
        return there
    if fresh.closed_on:
        raise Refused("This problem is closed. Open a new one at the registration first.")
    patient = episode.patient
    row = FirstVisit(
        clinic=patient.clinic,
        patient=patient,
        episode=episode,
        exam=current_version("first_visit", now=now, clinic=patient.clinic),
        visit_on=today_at(patient.clinic.zone, now=now),
        body=VisitBody().model_dump(mode="json"),
        opened_at=now,
        opened_by=by,
    )
    row._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            save(row)
    except IntegrityError:  # a colleague opened it in this very moment
        return FirstVisit.objects.get(episode=episode, state__in=("open", "signed"))
    _audit("create", row, by, now)
    open_item(
        kind=KIND,
        subject_id=row.pk,
        clinic=row.clinic,
        patient=patient,
        reason="A first visit is begun and not signed",
        by=by,
        now=now,
        owner=by,
    )
    return row


def _check_writer(by: User) -> None:
    if not by.may(Perm.VISIT_WRITE):
        raise Forbidden("A first visit is written by physicians. Add yours to the plan.")


def locked(visit: FirstVisit) -> FirstVisit:
    """The visit as it is now, while it may be written. Raises Refused once it is signed."""
    row = (
        FirstVisit.objects.select_for_update(of=("self",))
        .select_related("patient__clinic", "clinic", "episode", "exam", "signed_by")
        .get(pk=visit.pk)
    )
    if row.state != FirstVisit.State.OPEN:
        raise Refused(SIGNED if row.state == FirstVisit.State.SIGNED else DISCARDED)
    return row


def body_of(visit: FirstVisit, *, version: int | None = None) -> VisitBody:
    """What it says; `version` = as it was then. Raises Refused for a version that never was."""
    if version is None or version == visit.version:
        return VisitBody.model_validate(visit.body)
    row = visit.history.filter(version=version).order_by("-history_id").first()
    if row is None:
        raise Refused("This form was incomplete. Reload the page and try again.")
    return VisitBody.model_validate(row.body)


@transaction.atomic
def save_visit(  # noqa: PLR0913 - one section, what was typed and what had been shown
    *,
    visit: FirstVisit,
    section: str,
    values: Mapping[str, Any],
    base: int,
    by: User,
    now: dt.datetime,
    fill: bool = False,
    partly: bool = False,
    seen: int | None = None,
) -> Saved:
    """One section as it was typed; the same again is the same. `base` = the version that was shown.

    `fill` (exam): the usual answer where nobody answered. Raises Unreadable with a sentence per
    field (`partly`: the lines that can be read are saved, the others come back in `problems`),
    Conflict with both texts where somebody else changed the same field meanwhile (`seen` = the
    version read there, to save all the same what one changed oneself).
    """
    _check_writer(by)
    if section not in SECTIONS:
        raise Refused("Choose which part of the visit to write.")
    row = locked(visit)
    saved = body_of(row)
    exam: FirstVisitProtocol = protocol_of(row.exam)
    metrics: MetricsProtocol = metrics_now(row.clinic, now=now)[1]
    shown, before = body_of(row, version=base), section_of(saved, section)
    check = partial(_checked, row, section, exam=exam, metrics=metrics, now=now)
    count, (mine, refused) = 0, _by_line(check, values) if partly else (check(values), {})
    if fill and not refused and section in BLOCKS and BLOCKS[section].fill:
        items = items_of(section, row.episode.region, exam, more=False)
        mine, count = filled(mine, saved.exam, items, exam)
    typed = mine | {name: values[name] for name in lines_of(refused)}
    if seen not in {None, base}:
        was = section_of(shown, section)
        typed = {name: value for name, value in typed.items() if value != was.get(name)}
        shown = body_of(row, version=seen)
    wanted = met(
        section=section,
        mine=typed,
        base=shown,
        saved=saved,
        exam=exam,
        labels=labels_of(section, exam, metrics),
        version=row.version,
    )
    wanted |= {name: before.get(name) for name in lines_of(refused)}
    if any(value != before.get(name) for name, value in wanted.items()):
        _write(row, with_section(saved, section, wanted), section, by, now)
    theirs = any(wanted.get(name) != value for name, value in mine.items())
    return Saved(row, count, refused, theirs)


def _by_line(
    check: Callable[[Mapping[str, Any]], dict[str, Any]], values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """(the lines that can be read, what to write in the others)."""
    try:
        return check(values), {}
    except Unreadable as refusal:
        wrong = lines_of(refusal.problems)
        good = {name: value for name, value in values.items() if name not in wrong}
        return check(good), refusal.problems


def _checked(
    row: FirstVisit,
    section: str,
    values: Mapping[str, Any],
    *,
    exam: FirstVisitProtocol,
    metrics: MetricsProtocol,
    now: dt.datetime,
) -> dict[str, Any]:
    if section in BLOCKS:
        return checked_exam(values, exam)
    if section == "limits":
        return checked_limits(values, exam, metrics)
    if section == "hypotheses":
        lanes = lanes_now(row.clinic, now=now)[1]
        kept = {thought.lane for thought in body_of(row).hypotheses.rows}
        for thought in values.get("rows", ()):
            if thought.lane not in kept:  # what was chosen while it was offered stays
                check_lane(lanes, thought.lane)
        if sum(thought.standing == "chosen" for thought in values.get("rows", ())) > 1:
            raise Refused("Only one hypothesis is treated first. Set the others to “Possible”.")
    return dict(values)


def _write(row: FirstVisit, body: VisitBody, section: str, by: User, now: dt.datetime) -> None:
    row.body = body.model_dump(mode="json")
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    _audit("write", row, by, now, fields=[section])


@transaction.atomic
def sign(*, visit: FirstVisit, by: User, now: dt.datetime, version: int) -> FirstVisit:
    """Signed: the limits go into the ledger with it, and from now on nothing of it changes.

    Signed again by the same person is once. `version` = what they read. Raises Refused with
    everything that is missing, Conflict when it was changed since it was read.
    """
    _check_writer(by)
    again = FirstVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if again.state == FirstVisit.State.SIGNED and again.signed_by_id == by.pk:
        return again
    row = locked(visit)
    if cards := refused_cards(by, row):
        raise Refused(" ".join(f"{SECTIONS[card]}: {words}" for card, words in cards))
    if row.version != version:
        raise Conflict(
            "This visit was changed since you opened it. Read it as it is now, then sign it."
        )
    body, exam = body_of(row), protocol_of(row.exam)
    metrics = metrics_now(row.clinic, now=now)[1]
    checked_limits(section_of(body, "limits"), exam, metrics)
    lanes = lanes_now(row.clinic, now=now)[1]
    if gaps := missing(body, row.episode.region, exam, lanes):
        raise Refused(" ".join(what for _, what in gaps))
    for key, entry in entries(body, exam, metrics).items():
        record_measurement(
            patient=row.patient,
            metric=unslot(key)[0],
            entry=entry,
            by=by,
            now=now,
            measured_at=row.opened_at,
            episode=row.episode,
        )
    row.state = next_state(VISIT, row.state, "sign")
    row.signed_at, row.signed_by = now, by
    _end(row, "signed", by, now)
    _ask_for_plan(row, by, now)
    return row


def _ask_for_plan(row: FirstVisit, by: User, now: dt.datetime) -> None:
    """Who treats works from the plan: while none runs, the visit is not done with."""
    if CarePlan.objects.filter(episode=row.episode_id, ended_at=None).exists():
        return
    open_item(
        kind=TO_BEGIN,
        subject_id=row.pk,
        clinic=row.clinic,
        patient=row.patient,
        reason="A first visit is signed and no plan is begun",
        by=by,
        now=now,
        owner=by,
    )


@transaction.atomic
def discard(
    *, visit: FirstVisit, reason: str, by: User, now: dt.datetime, version: int
) -> FirstVisit:
    """It was begun by mistake. It stays readable with the reason; a new one can be begun."""
    _check_writer(by)
    words = " ".join(reason.split())[:LONGEST]
    if len(words) < SHORTEST:
        raise Refused("Write why, for example “begun on the wrong problem”.")
    again = FirstVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if again.discarded_by_id == by.pk and again.discard_reason == words:
        return again
    row = locked(visit)
    if row.version != version:
        raise Conflict(
            "This visit was written in since you opened it. Look at it before you discard it.",
        )
    row.state = next_state(VISIT, row.state, "discard")
    row.discarded_at, row.discarded_by, row.discard_reason = now, by, words
    _end(row, "discarded", by, now, words)
    return row


def _end(row: FirstVisit, event: str, by: User, now: dt.datetime, reason: str = "") -> None:
    row.version += 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    _audit("sign" if event == "signed" else "discard", row, by, now, reason=reason)
    for item in WorkItem.objects.filter(kind=KIND, subject_id=row.pk, closed_at__isnull=True):
        close_item(item=item, by=by, now=now, event=event)


@transaction.atomic
def addend(*, visit: FirstVisit, words: str, by: User, now: dt.datetime) -> Addendum:
    """Words below a signed visit, with name and time. Raises Refused for none, or before."""
    _check_writer(by)
    row = FirstVisit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if row.state != FirstVisit.State.SIGNED:
        raise Refused("Only a signed visit is added to. This one can still be written itself.")
    said = words.replace("\r\n", "\n").strip()
    if not said:
        raise Refused("Write what is added.")
    if len(said) > LONGEST_WORDS:
        raise Refused(f"At most {LONGEST_WORDS:,} characters. Shorten it.")
    found = Addendum.objects.create(visit=row, words=said, at=now, by=by)
    _audit("addend", row, by, now)
    return found


def _audit(
    action: str,
    row: FirstVisit,
    by: User,
    now: dt.datetime,
    *,
    fields: list[str] | None = None,
    reason: str = "",
) -> None:
    record(
        by=by,
        action=action,
        object_kind="first_visit",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
        fields=fields or [],
        reason=reason,
    )
