"""What is kept how long, and what is purged when. Nothing under a legal hold is touched.

Audit rows are never purged (append-only). Charts are kept for good until the clinic sets
RETENTION_CHART_YEARS: federal rules ask for 6 years of records, state law often for more.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.accounts.models import ApiToken, User
from core.accounts.roles import Role
from core.audit.services import record
from core.documents import files as stored
from core.documents.models import Document
from core.events.models import DomainEvent
from core.importing.models import ImportRow
from core.people.models import LegalHold, Patient
from core.people.related import charts_of, histories, links, rows_of
from core.work.job_rules import KEPT_JOBS
from core.work.models import Draft, IdempotencyKey, Job, KeptFile, RateCount

DAY = dt.timedelta(days=1)
YEAR = 365.25
OF_AGE = 18
OPEN_WHILE_EMPTY = {"closed_at", "closed_on", "ended_at"}


@dataclass(frozen=True)
class Rule:
    """`rows(now)` are due; `why` is shown to the manager."""

    name: str
    why: str
    rows: Callable[[dt.datetime], QuerySet[Any]]


def sessions(now: dt.datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now - DAY)


def form_keys(now: dt.datetime) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(at__lt=now - 7 * DAY)


def drafts(now: dt.datetime) -> QuerySet[Draft]:
    """Unsent text nobody came back to; a draft about a held patient stays."""
    old = Draft.objects.filter(saved_at__lt=now - 30 * DAY)
    kept = Q()
    for model, rows in rows_of(Patient.objects.filter(pk__in=held())).items():
        if model._meta.pk.get_internal_type() == "UUIDField":
            for pk in rows.values_list("pk", flat=True):
                kept |= Q(place__contains=str(pk))
    return old.exclude(kept) if kept else old


def events(now: dt.datetime) -> QuerySet[DomainEvent]:
    return DomainEvent.objects.filter(handled_at__lt=now - 90 * DAY)


def attempts(now: dt.datetime) -> Any:
    return AccessAttempt.objects.filter(attempt_time__lt=now - 90 * DAY)


def failures(now: dt.datetime) -> Any:
    return AccessFailureLog.objects.filter(attempt_time__lt=now - 90 * DAY)


def tokens(now: dt.datetime) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(expires_at__lt=now - 365 * DAY)


def held() -> QuerySet[Any]:
    """Patients under a legal hold that stands."""
    return LegalHold.objects.filter(lifted_at__isnull=True).values("patient_id")


def charts(now: dt.datetime) -> QuerySet[Patient]:
    """Charts without anything open or newer than the clinic's limit; minors count from 18."""
    years = settings.RETENTION_CHART_YEARS
    if not years:
        return Patient.objects.none()
    limit = now - dt.timedelta(days=years * YEAR)
    adult = (limit - dt.timedelta(days=OF_AGE * YEAR)).date()
    due = Patient.objects.filter(registered_at__lt=limit, birth_date__lt=adult)
    due = due.exclude(pk__in=held())
    due = due.filter(merged_into=None)  # a chart merged away goes with the one it became part of
    for link in links():
        recent = Q()
        for field in link.model._meta.concrete_fields:
            kind = field.get_internal_type()
            if kind in {"DateTimeField", "DateField"}:
                since = limit if kind == "DateTimeField" else limit.date()
                recent |= Q(**{f"{field.name}__gte": since})
            if field.name in OPEN_WHILE_EMPTY:
                recent |= Q(**{f"{field.name}__isnull": True})
        if recent:
            mine = link.model._default_manager.filter(recent, **{link.path: OuterRef("pk")})
            due = due.exclude(Exists(mine))
    return due


def rejected_files(now: dt.datetime) -> QuerySet[Document]:
    """What is left of files that were refused: their names. A held patient's stay."""
    old = Document.objects.filter(state="rejected", decided_at__lt=now - 365 * DAY)
    return old.filter(refilings=None).exclude(patient__in=held())


def counters(now: dt.datetime) -> QuerySet[RateCount]:
    return RateCount.objects.filter(starts_at__lt=now - DAY)


def kept_files(now: dt.datetime) -> QuerySet[KeptFile]:
    return KeptFile.objects.filter(kept_until__lte=now)


def import_rows(now: dt.datetime) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(batch__kept_until__lte=now)


def jobs(now: dt.datetime) -> QuerySet[Job]:
    return Job.objects.filter(finished_at__lt=now - KEPT_JOBS)


RULES = (
    Rule("sessions", "ended sign-ins, after 1 day", sessions),
    Rule("form_keys", "keys of sent forms, after 7 days", form_keys),
    Rule("drafts", "texts typed and never sent, after 30 days", drafts),
    Rule("events", "handled internal events (ids only), after 90 days", events),
    Rule("attempts", "failed sign-ins counted for the lockout, after 90 days", attempts),
    Rule("failures", "the log of failed sign-ins, after 90 days", failures),
    Rule("counters", "counters of the rate limits, after 1 day", counters),
    Rule("kept_files", "uploaded and exported files, after 1 day", kept_files),
    Rule("import_rows", "what imported files said, after 1 day", import_rows),
    Rule("jobs", "ended long work (counts and ids), after 90 days", jobs),
    Rule(
        "rejected_files",
        "names of files that were refused (no bytes), after 1 year",
        rejected_files,
    ),
    Rule("tokens", "expired API tokens, after 1 year", tokens),
)


def due(*, now: dt.datetime) -> dict[str, int]:
    """How many rows each rule would purge now."""
    found = {rule.name: rule.rows(now).count() for rule in RULES}
    return found | {"charts": charts(now).count()}


def purge(*, now: dt.datetime) -> dict[str, int]:
    """Delete what is due, each class in a transaction of its own, and say how much on the audit."""
    done: dict[str, int] = {}
    for rule in RULES:
        with transaction.atomic():
            rows = rule.rows(now)
            ids = list(rows.values_list("pk", flat=True)) if histories(rows.model) else []
            done[rule.name] = rows.count()
            rows.delete()
            if (history := histories(rows.model)) is not None:
                _drop(history, {"id__in": ids})
            _told(rule.name, done[rule.name], now)
    done["charts"] = 0
    for pk in list(charts(now).values_list("pk", flat=True)):
        done["charts"] += _purge_chart(pk, now)
    return done


def _told(name: str, count: int, now: dt.datetime) -> None:
    if count:
        record(by=None, action="purge", object_kind=name, object_id=count, now=now)


@transaction.atomic
def _purge_chart(pk: Any, now: dt.datetime) -> int:
    """One chart with every row that hangs on it; looked at again under its lock."""
    Patient.objects.select_for_update().get(pk=pk)
    if not charts(now).filter(pk=pk).exists():
        return 0  # a hold, a call or a message came meanwhile
    one = Patient.objects.filter(pk__in=charts_of(pk))
    account = Patient.objects.values_list("user_id", flat=True).get(pk=pk)
    rows = rows_of(one)
    pks = {model: list(found.values_list("pk", flat=True)) for model, found in rows.items()}
    for name in rows[Document].exclude(stored_as="").values_list("stored_as", flat=True):
        stored.forget(name)  # once the rows are gone for good
    for model, ids in pks.items():
        history = histories(model)
        if history is not None:
            _drop(history, {"id__in": ids})
        # Foreign keys are checked at commit, so the order does not matter; PROTECT is meant for
        # people, not for the end of a chart.
        _drop(model, {"pk__in": ids})
    if account:
        _purge_sign_in(User.objects.get(pk=account))
    record(by=None, action="purge", object_kind="patient", object_id=pk, patient_id=pk, now=now)
    return 1


def _purge_sign_in(user: User) -> None:
    """The patient's own account: nothing of it says who they were. Who works here keeps theirs."""
    if set(user.roles) - {Role.PATIENT}:
        return
    for model in (EmailAddress, Authenticator, UserSession, ApiToken):
        model.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        is_active=False, full_name="Purged", email=f"purged-{user.pk}@invalid.example", phone="",
        password=make_password(None), session_epoch=F("session_epoch") + 1,
    )  # fmt: skip


def _drop(model: type[Any], which: dict[str, Any]) -> None:
    rows = model._base_manager.filter(**which)
    rows._raw_delete(rows.db)
