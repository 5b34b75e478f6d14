"""Writes about payer rules: loaded from a version that decides, marked as checked."""

import datetime as dt
import json
from typing import Any

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import own_clinics_of
from core.people.dates import today_at
from core.people.models import Clinic, PayerClass
from core.protocols.models import ProtocolVersion
from core.protocols.rules import periods
from core.protocols.selectors import in_force, protocol_of, standings
from intake.models import PayerPolicy
from intake.payers.schema import PayerPolicies, Policy

KIND = "payer_policies"
# What makes a rule the same rule in the next version, so that its check goes on.
SAME = ("payer_class", "requirement", "service", "insurer", "words", "numbers", "states", "codes",
        "conflict", "not_verified", "sources", "from_on", "to_on")  # fmt: skip


@transaction.atomic
def load_policies(*, now: dt.datetime) -> int:
    """Every version that may decide as rows, each with the days on which it does. How many rows
    are new; the same twice is nothing. A newer version ends the older by date, nothing else moves.
    """
    # The oldest version is the turnstile: two that load at once come one after the other.
    first = ProtocolVersion.objects.filter(kind=KIND).order_by("loaded_at", "pk").first()
    if first is None:
        return 0
    ProtocolVersion.objects.select_for_update().get(pk=first.pk)
    made = 0
    for version, held_from, held_until in periods(standings(KIND)):
        rows = PayerPolicy.objects.filter(protocol=version.pk)
        if not rows.exists():
            protocol = ProtocolVersion.objects.get(pk=version.pk)
            made += _add_rows(protocol, held_from, held_until, now)
        else:
            rows.exclude(held_from=held_from, held_until=held_until).update(
                held_from=held_from, held_until=held_until
            )
    return made


def _add_rows(
    version: ProtocolVersion, held_from: dt.date, held_until: dt.date | None, now: dt.datetime
) -> int:
    checked = {
        _identity(row): row
        for row in PayerPolicy.objects.filter(last_checked_on__isnull=False).order_by(
            "last_checked_on"
        )
    }
    protocol: PayerPolicies = protocol_of(version)
    rows = []
    for rank, policy in enumerate(protocol.policies):
        for payer_class in policy.classes or ("",):
            row = PayerPolicy(
                protocol=version,
                payer_class=payer_class,
                rank=rank,
                held_from=held_from,
                held_until=held_until,
                loaded_at=now,
                **_columns(policy, protocol),
            )
            before = checked.get(_identity(row))
            if before:
                row.last_checked_on = before.last_checked_on
                row.last_checked_by_id = before.last_checked_by_id
            rows.append(row)
    PayerPolicy.objects.bulk_create(rows)
    record(by=None, action="load", object_kind=KIND, object_id=version.pk, now=now)
    return len(rows)


def _columns(policy: Policy, protocol: PayerPolicies) -> dict[str, Any]:
    return {
        "insurer": policy.insurer,
        "service": policy.service,
        "requirement": policy.id,
        "words": policy.words.strip(),
        "numbers": [number.model_dump(mode="json") for number in policy.numbers],
        "states": list(policy.states),
        "codes": list(policy.codes),
        "conflict": (policy.conflict or "").strip(),
        "not_verified": (policy.not_verified or "").strip(),
        "sources": [
            {"key": key, **protocol.sources[key].model_dump(mode="json")} for key in policy.sources
        ],
        "signoff": policy.signoff,
        "from_on": policy.from_on,
        "to_on": policy.to_on,
    }


def _identity(row: PayerPolicy) -> str:
    return json.dumps([getattr(row, name) for name in SAME], sort_keys=True, default=str)


@transaction.atomic
def mark_checked(
    *,
    clinic: Clinic,
    payer_class: str,
    service: str,
    shown: str,
    by: User,
    now: dt.datetime,
) -> int:
    """Somebody compared the rules of one class and service with their sources today.

    `shown` = the id of the version that was on the page: what nobody saw is not checked. Raises
    Conflict when another holds by now. How many rules.
    """
    here = own_clinics_of(by, now=now).filter(pk=clinic.pk)
    if not by.may(Perm.PAYER_EDIT) or not here.exists():
        raise Forbidden(
            "The front desk, a coordinator or the manager of the clinic checks payer rules."
        )
    if payer_class not in PayerClass.values:
        raise NotFound("There is no such class of payers.")
    today = today_at(clinic.zone, now=now)
    version = in_force(KIND, day=today).first()
    if version is None:
        raise NotFound("No payer rules are loaded.")
    if str(version.pk) != shown:
        raise Conflict(
            f"{version.label} holds by now, and you looked at an older version. Open the page "
            "again and read the rules as they are today."
        )
    rows = PayerPolicy.objects.select_for_update().filter(
        protocol=version, payer_class__in=(payer_class, ""), service=service
    )
    pks = [row.pk for row in rows]
    if not pks:
        raise Refused("There are no such rules. Open the page again.")
    PayerPolicy.objects.filter(pk__in=pks).update(last_checked_on=today, last_checked_by=by)
    record(by=by, action="checked", object_kind=KIND, object_id=version.pk, now=now,
           reason=f"{payer_class}, {service}")  # fmt: skip
    return len(pks)
