"""Writes about the clinic's own list of payers: added, changed, deactivated."""

import datetime as dt
from dataclasses import asdict, dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import own_clinics_of
from core.people.models import Clinic, Payer, PayerClass
from core.people.names import phone_dialled, phone_e164
from core.people.turns import turn

LIST = "payers"
LABELS = {
    "name": "Name",
    "payer_class": "Class",
    "phone": "Phone",
    "fax": "Fax",
    "portal": "Portal",
    "code": "Payer code",
    "note": "Note",
    "active": "In use",
}
WEB = URLValidator(schemes=["https", "http"])


class KnownPayer(Refused):
    """The clinic has a payer of that name already: `payer`, to open instead."""

    def __init__(self, payer: Payer) -> None:
        state = "" if payer.active else " It is not in use: open it and put it in use again."
        super().__init__(f"{payer.name} is on the list already.{state}")
        self.payer = payer


@dataclass(frozen=True)
class PayerFacts:
    """What a clinic notes about a payer, as typed or as saved."""

    name: str
    payer_class: str
    phone: str = ""
    fax: str = ""
    portal: str = ""
    code: str = ""
    note: str = ""
    active: bool = True

    def words(self) -> dict[str, str]:
        """Each part in words, for the audit trail and for two versions side by side."""
        labels = dict(PayerClass.choices)
        shown = {k: str(v) for k, v in asdict(self).items()}
        shown["payer_class"] = labels.get(self.payer_class, self.payer_class)
        shown["active"] = "yes" if self.active else "no"
        return {LABELS[k]: v for k, v in shown.items()}

    def over(self, shown: "PayerFacts", saved: "PayerFacts") -> "PayerFacts":
        """Only what was changed since `shown` stood on the form; the rest as saved by now."""
        mine, then = asdict(self), asdict(shown)
        return replace(saved, **{part: mine[part] for part in mine if mine[part] != then[part]})


def facts_of(payer: Payer) -> PayerFacts:
    return PayerFacts(**{name: getattr(payer, name) for name in LABELS})


@transaction.atomic
def add_payer(*, clinic: Clinic, wanted: PayerFacts, by: User, now: dt.datetime) -> Payer:
    """A new payer of a clinic. Raises KnownPayer for a name on its list already."""
    _check_keeper(by, clinic, now)
    turn(clinic.pk, LIST)
    payer = Payer(clinic=clinic, **asdict(_checked(wanted)))
    _check_name(payer)
    payer.save()
    record(by=by, action="create", object_kind="payer", object_id=payer.pk, now=now)
    return payer


@transaction.atomic
def change_payer(
    *,
    payer: Payer,
    wanted: PayerFacts,
    shown: PayerFacts,
    version: int,
    by: User,
    now: dt.datetime,
) -> Payer:
    """Set what the clinic notes about a payer; deactivated, it is offered for no new coverage.

    `shown` = what stood on the form: what was left as it stood is left as it is saved by now.
    Raises Conflict when two people changed it, KnownPayer for another's name.
    """
    turn(payer.clinic_id, LIST)
    row = Payer.objects.select_for_update().get(pk=payer.pk)
    _check_keeper(by, row.clinic, now)
    saved = facts_of(row)
    new = _checked(wanted.over(shown, saved))
    before, after = saved.words(), new.words()
    changed = [part for part in after if after[part] != before[part]]
    if not changed:
        return row
    if row.version != version:
        raise Conflict(
            f"{row.name} was changed while you had the form open.",
            versions=[(part, after[part], before[part]) for part in changed],
            who=_who_changed(row),
            version=row.version,
        )
    for name, value in asdict(new).items():
        setattr(row, name, value)
    _check_name(row)
    row.version += 1
    row.save()
    record(by=by, action="change", object_kind="payer", object_id=row.pk, now=now, fields=changed,
           reason="; ".join(f"{part}: {before[part]} → {after[part]}" for part in changed)[:500],
           )  # fmt: skip
    return row


def _check_keeper(by: User, clinic: Clinic, now: dt.datetime) -> None:
    here = own_clinics_of(by, now=now).filter(pk=clinic.pk)
    if not by.may(Perm.PAYER_EDIT) or not here.exists():
        raise Forbidden(
            "The front desk, a coordinator or the manager of this clinic keeps its list of payers."
        )


def _check_name(payer: Payer) -> None:
    same = Payer.objects.annotate(low=Lower("name")).filter(
        clinic_id=payer.clinic_id, low=Lower(Value(payer.name))
    )
    known = same.exclude(pk=payer.pk).first()
    if known:
        raise KnownPayer(known)


def _checked(typed: PayerFacts) -> PayerFacts:
    """As it is kept. Raises Refused: what to correct."""
    if any("\x00" in value for value in asdict(typed).values() if isinstance(value, str)):
        raise Refused("There is a character that cannot be kept. Type the words again.")
    name = " ".join(typed.name.split())
    if not name:
        raise Refused("Write the payer’s name, as it stands on the card.")
    if typed.payer_class not in PayerClass.values:
        raise Refused("Choose the class: it decides which rules and clocks apply.")
    numbers: dict[str, str] = {}
    for part in ("phone", "fax"):
        text = getattr(typed, part).strip()
        read = phone_dialled if part == "phone" else phone_e164
        number = read(text) if text else ""
        if number is None:
            raise Refused(
                f"That {part} number cannot be one. Type it with its area code: 312 555 0142."
            )
        numbers[part] = number
    portal = typed.portal.strip()
    if portal:
        try:
            WEB(portal)
        except ValidationError as error:
            raise Refused("Write the portal’s whole address, beginning with https://.") from error
    new = replace(
        typed,
        name=name,
        portal=portal,
        code=typed.code.strip(),
        note=" ".join(typed.note.split()),
        phone=numbers["phone"],
        fax=numbers["fax"],
    )
    for part in ("name", "portal", "code", "note"):
        longest = getattr(Payer._meta.get_field(part), "max_length", None) or 0
        if len(getattr(new, part)) > longest:
            raise Refused(f"{LABELS[part]} is too long: {longest} characters at most.")
    return new


def _who_changed(row: Payer) -> str:
    last = (
        AuditEvent.objects.filter(
            object_kind="payer", object_id=str(row.pk), action__in=("create", "change")
        )
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    return last.actor.full_name if last and last.actor else ""
