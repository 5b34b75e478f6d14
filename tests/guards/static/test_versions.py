"""Every row people edit says which version they read, or how else two editors are kept apart."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from tests.guards.tree import APPS

# Models without `version` → how two people at once are kept from overwriting each other.
OTHERWISE = {
    "AuditEvent": "append-only", "AuditSeal": "append-only", "AuditSealed": "append-only",
    "DomainEvent": "written by services, handled once", "EventHandled": "written once",
    "RateCount": "one statement counts", "Heartbeat": "written by loops",
    "Message": "append-only", "Thread": "append-only; its patient follows the call",
    "Recipient": "one person's own row", "Rung": "written by services",
    "CallAnswer": "a correction is kept beside the first answer and told to who was paged",
    "CallAction": "never changed", "DispositionChange": "never changed",
    "CallAttempt": "never changed", "ProtocolVersion": "signed once, under a lock",
    "PayerPolicy": "loaded once; who checks it says which version they saw",
    "OnCallShift": "added and removed, never edited; the form says whose shift it showed",
    "IdempotencyKey": "written once", "ApiToken": "made and revoked",
    "StaffMember": "edited with its User's version",
    "Merge": "made and undone once, under both charts' locks", "MovedRow": "written once",
    "Refiling": "never changed",
    "CareTeamMember": "added and ended",
    "AccessGrant": "reviewed once, under a lock", "Delegation": "set and ended",
    "AvailabilityException": "made and ended", "LimitOverride": "reviewed once, under a lock",
    "LegalHold": "placed and lifted", "Clinic": "set up; not edited yet",
    "KeptFile": "written once", "ColumnMap": "the last word about a header line counts",
    "ExternalIdentifier": "written once",
    "ImportRow": "decided under its import's lock, whose version the form sends",
    "SurveyResponse": "written once, with its measurement",
    "Occurrence": "written by handlers, once a subject and moment; marked wrong under a lock",
    "PlanVersion": "written once; co-signed once, under a lock", "PlanAck": "one person’s own row",
    "Addendum": "written once", "LimitsCheck": "written once; the form says how many it showed",
    "Update": "written once",
    "ClinicHours": "set up; not edited yet", "ClinicClosure": "added once a day",
}  # fmt: skip
APPEND = ("Historical",)  # simple-history's own rows


def unguarded(models: Iterable[Any]) -> list[str]:
    found, seen = [], set()
    for model in models:
        name = model.__name__
        seen.add(name)
        has = any(field.name == "version" for field in model._meta.get_fields())
        versioned = has and model._meta.get_field("version").get_internal_type().endswith(
            "IntegerField"
        )
        if not versioned and name not in OTHERWISE and not name.startswith(APPEND):
            found.append(
                f"{name} has no `version`: add one and compare it in the service that edits the "
                "row (docs/recipes/a-form.md), or say in OTHERWISE how two editors are kept apart."
            )
        if versioned and name in OTHERWISE:
            found.append(f"{name} has a version and stands in OTHERWISE: take it out.")
    return found


def ours() -> list[Any]:
    return [m for m in apps.get_models() if m.__module__.split(".")[0] in APPS]


def test_every_edited_row_has_a_version() -> None:
    problems = unguarded(ours())
    assert not problems, "\n".join(problems)


def test_it_names_no_model_that_is_gone() -> None:
    assert set(OTHERWISE) - {m.__name__ for m in ours()} == set()


def test_it_fails_for_a_model_nobody_thought_of() -> None:
    class Meta:
        @staticmethod
        def get_fields() -> list[Any]:
            return []

    plan = type("Plan", (), {"_meta": Meta})
    assert "Plan has no `version`" in unguarded([plan])[0]
