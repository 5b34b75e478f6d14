"""Writes about the directory: who else treats the clinic's patients, and how they are reached."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction

from core.accounts.models import User
from core.audit.models import AuditEvent
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.access import clinics_of
from core.people.dates import today_at
from core.people.models import Clinic
from core.people.names import digits, folded, phone_dialled, phone_e164
from intake.models import OutsideProvider

YES = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Entry:
    """One entry as typed; texts, and two ticks."""

    name: str = ""
    kind: str = OutsideProvider.Kind.PROVIDER
    specialty: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    email_secure: bool = False
    portal: str = ""
    address: str = ""
    preferred: str = OutsideProvider.Channel.FAX
    note: str = ""
    active: bool = True

    def words(self) -> dict[str, str]:
        """Each part in words, for two versions side by side."""
        return {
            part.replace("_", " "): YES[value] if isinstance(value, bool) else str(value) or "none"
            for part, value in asdict(self).items()
        }

    def over(self, shown: "Entry", saved: "Entry") -> "Entry":
        """Only what was changed since `shown` stood on the form; the rest as it is saved by now."""
        mine, then = asdict(self), asdict(shown)
        return replace(saved, **{part: mine[part] for part in mine if mine[part] != then[part]})


def entry_of(row: OutsideProvider) -> Entry:
    return Entry(**{part: getattr(row, part) for part in asdict(Entry())})


def entry_from(typed: Mapping[str, str], *, prefix: str = "") -> Entry:
    """A form's fields; a tick is there or not."""
    values: dict[str, str | bool] = {}
    for part, default in asdict(Entry()).items():
        text = typed.get(f"{prefix}{part}", "")
        if part in {"phone", "fax"}:  # as shown, or as typed: the same number is the same
            text = phone_dialled(text) or text
        values[part] = bool(text) if isinstance(default, bool) else text
    return Entry(**values)  # type: ignore[arg-type]  # each part by its default's type


def settled(entry: Entry) -> Entry:
    """As it is saved. Raises Refused with what to correct."""
    name = " ".join(entry.name.split())[:120]
    if len(name) < 2:
        raise Refused("Write the name, for example “Lakeshore Imaging”.")
    if entry.kind not in OutsideProvider.Kind.values:
        raise Refused("Choose what they are: provider, imaging centre, hospital, PT or surgeon.")
    if entry.preferred not in OutsideProvider.Channel.values:
        raise Refused("Choose how they like to be asked: fax, secure e-mail or print.")
    email = entry.email.strip()[:254]
    if email and not _valid(email, validate_email):
        raise Refused("That is not an e-mail address. Type it like records@lakeshore.example.")
    if entry.email_secure and not email:
        raise Refused("Write the e-mail address that takes secure mail, or take the tick away.")
    portal = entry.portal.strip()[:200]
    if portal and not _valid(portal, URLValidator(schemes=["https"])):
        raise Refused("The portal’s address begins with https://.")
    return replace(
        entry,
        name=name,
        specialty=" ".join(entry.specialty.split())[:80],
        phone=_number(entry.phone, "phone"),
        fax=_number(entry.fax, "fax"),
        email=email,
        portal=portal,
        address=" ".join(entry.address.split())[:200],
        note=" ".join(entry.note.split())[:300],
    )


def _valid(text: str, check: object) -> bool:
    try:
        check(text)  # type: ignore[operator]
    except ValidationError:
        return False
    return True


def _number(text: str, what: str) -> str:
    read = phone_dialled if what == "phone" else phone_e164  # no machine dials an extension
    number = read(text) if text.strip() else ""
    if number is None:
        raise Refused(f"That is not a {what} number. Type it with its area code: 312 555 0142.")
    return number


def search_words(entry: Entry) -> str:
    numbers = f"{digits(entry.phone)} {digits(entry.fax)}"
    return f"{folded(entry.name)} {folded(entry.specialty)} {numbers}"[:320]


def check_clinic(clinic: Clinic, by: User, *, now: dt.datetime) -> None:
    if not clinics_of(by, now=now).filter(pk=clinic.pk).exists():
        raise Forbidden("Only somebody who works at this clinic keeps its directory.")


@transaction.atomic
def add_entry(
    *, clinic: Clinic, wanted: Entry, by: User, now: dt.datetime, different: bool = False
) -> OutsideProvider:
    """A new entry. `different`: the person saw who is alike and means somebody else.

    Raises Conflict for the same name or fax in the directory, Refused for what cannot be read.
    """
    check_clinic(clinic, by, now=now)
    entry = settled(wanted)
    same = [] if different else alike(clinic, entry)
    if same:
        raise Conflict(
            f"{same[0].name} is in the directory already. Choose it, or say that this is "
            "somebody else.",
            versions=[("Name", entry.name, same[0].name), ("Fax", entry.fax, same[0].fax)],
        )
    row = OutsideProvider.objects.create(
        clinic=clinic,
        search=search_words(entry),
        verified_on=today_at(clinic.zone, now=now),
        **asdict(entry),
    )
    _audit("create", row, by, now, ())
    return row


def alike(clinic: Clinic, entry: Entry) -> list[OutsideProvider]:
    """Active entries with this very name or fax number."""
    rows = OutsideProvider.objects.filter(clinic=clinic, active=True)
    same = rows.filter(name__iexact=entry.name)
    if entry.fax:
        same |= rows.filter(fax=entry.fax)
    return list(same.order_by("name", "id")[:5])


@transaction.atomic
def change_entry(  # noqa: PLR0913 - one entry, as it stood and as it is wanted
    *,
    source: OutsideProvider,
    wanted: Entry,
    shown: Entry,
    version: int,
    by: User,
    now: dt.datetime,
    checked: bool = False,
) -> OutsideProvider:
    """Save what was changed since `shown`. `checked`: somebody asked them that it still holds.

    Raises Conflict when somebody else changed the same field meanwhile.
    """
    check_clinic(source.clinic, by, now=now)
    row = OutsideProvider.objects.select_for_update().get(pk=source.pk)
    saved = entry_of(row)
    entry = settled(wanted.over(shown, saved))
    if row.version != version:
        _check_clash(row, wanted, shown, saved)
    changed = [part for part, value in asdict(entry).items() if asdict(saved)[part] != value]
    if not changed and not checked:
        return row
    for part in changed:
        setattr(row, part, getattr(entry, part))
    if checked or {"phone", "fax", "email", "address"} & set(changed):
        row.verified_on = today_at(row.clinic.zone, now=now)
    row.search = search_words(entry)
    row.version += 1
    row.save()
    _audit("change", row, by, now, tuple(changed))
    return row


def _check_clash(row: OutsideProvider, wanted: Entry, shown: Entry, saved: Entry) -> None:
    mine, then, theirs = wanted.words(), shown.words(), saved.words()
    both = [p for p in mine if then[p] not in {mine[p], theirs[p]} and mine[p] != theirs[p]]
    if not both:
        return
    last = (
        AuditEvent.objects.filter(object_kind="outside_provider", object_id=str(row.pk))
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    raise Conflict(
        f"{row.name} was changed while you had the form open.",
        versions=[(part, mine[part], theirs[part]) for part in both],
        who=last.actor.full_name if last and last.actor else "",
        version=row.version,
    )


def _audit(
    action: str, row: OutsideProvider, by: User, now: dt.datetime, fields: tuple[str, ...]
) -> None:
    record(
        by=by,
        action=action,
        object_kind="outside_provider",
        object_id=row.pk,
        now=now,
        fields=fields,
    )
