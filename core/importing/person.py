"""One person as a file says it, before anybody knows whether there is a chart. Pure."""

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import Any

FILLS = ("preferred_name", "pronouns", "phone", "email", "address", "city", "state",
         "postal_code")  # columns of a chart that an import fills while they are empty  # fmt: skip


@dataclass(frozen=True)
class Insurance:
    """A coverage: `payer` by name; days as ISO dates or ""."""

    payer: str
    payer_class: str
    plan: str = ""
    member_id: str = ""
    group_number: str = ""
    subscriber: str = "self"
    starts_on: str = ""
    ends_on: str = ""
    guessed: bool = False  # the class was guessed from the name


@dataclass(frozen=True)
class Contact:
    """Whom to phone in an emergency; `phone` E.164."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True)
class Person:
    """Who it is, in the spelling of a chart. `birth_date` ISO, `phone` E.164, "" = not said."""

    given_name: str
    family_name: str
    birth_date: str
    mrn: str = ""
    sex: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    interpreter: bool = False
    preferred_name: str = ""
    pronouns: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    deceased: bool = False
    deceased_on: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()  # (system, value)
    contacts: tuple[Contact, ...] = ()
    coverages: tuple[Insurance, ...] = ()

    @property
    def born(self) -> dt.date:
        return dt.date.fromisoformat(self.birth_date)


@dataclass(frozen=True)
class Reading:
    """One row of a file: a person, or why it is none. `notes` do not keep it from being used."""

    number: int
    person: Person | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    called: str = ""  # a bad row's name as far as it can be read, so that it can be found


def to_json(person: Person) -> dict[str, Any]:
    """For the row of the import; only what was said."""
    said = asdict(person)
    return {name: value for name, value in said.items() if value not in ("", False, (), [])}


def from_json(data: dict[str, Any]) -> Person:
    """What `to_json` made."""
    known = {f.name for f in fields(Person)}
    said = {name: value for name, value in data.items() if name in known}
    said["identifiers"] = tuple((s, v) for s, v in said.get("identifiers", ()))
    said["contacts"] = tuple(Contact(**one) for one in said.get("contacts", ()))
    said["coverages"] = tuple(Insurance(**one) for one in said.get("coverages", ()))
    return Person(**said)
