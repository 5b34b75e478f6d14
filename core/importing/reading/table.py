"""A table (CSV) with its columns named: each line a person, or sentences that say why not. Pure."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Field

from core.importing.person import Contact, Insurance, Person, Reading
from core.importing.reading import values
from core.people.models import Patient
from core.people.names import folded

# What a column may mean: key → (label, other spellings of its header).
COLUMNS: dict[str, tuple[str, str]] = {
    "family_name": (
        "Last name",
        "last|surname|family|lastname|patient last name|family name|nachname",
    ),
    "given_name": ("First name", "first|given|forename|firstname|patient first name|given name"),
    "full_name": ("Whole name (Last, First)", "name|patient|patient name|full name"),
    "birth_date": (
        "Date of birth",
        "dob|birthdate|birth|birthday|born|date of birth|patient dob|d.o.b.",
    ),
    "mrn": (
        "MRN",
        "medical record number|chart|chart number|chart no|patient id|patient number|account",
    ),
    "identifier": ("Number in the other system", "external id|other id|system id|uuid|source id"),
    "sex": ("Sex", "gender|sex at birth|patient sex"),
    "phone": (
        "Phone",
        "phone number|telephone|mobile|cell|cell phone|home phone|primary phone|tel",
    ),
    "email": ("E-mail", "email|email address|e-mail address|mail"),
    "language": ("Language", "preferred language|lang|primary language"),
    "interpreter": ("Interpreter needed", "interpreter|needs interpreter"),
    "preferred_name": ("Preferred name", "nickname|goes by"),
    "pronouns": ("Pronouns", "pronoun"),
    "address": ("Street", "address 1|street address|address line 1|addr|address"),
    "city": ("City", "town"),
    "state": ("State", "province|region"),
    "postal_code": ("ZIP", "zip code|postal code|postcode|zipcode"),
    "deceased_on": ("Date of death", "dod|deceased|death date|date of death"),
    "contact_name": (
        "Emergency contact",
        "emergency contact name|emergency name|next of kin|ice name",
    ),
    "contact_relation": (
        "Emergency contact: relation",
        "emergency relation|emergency contact relationship|relationship",
    ),
    "contact_phone": (
        "Emergency contact: phone",
        "emergency phone|emergency contact phone|ice phone",
    ),
    "payer": (
        "Insurance",
        "payer|insurer|carrier|primary insurance|insurance name|insurance company|payor",
    ),
    "plan": ("Insurance: plan", "plan|plan name|insurance plan"),
    "member_id": (
        "Insurance: member number",
        "member id|subscriber id|policy number|member number|insurance id|policy no",
    ),
    "group_number": ("Insurance: group", "group|group number|group no|group id"),
    "coverage_starts": (
        "Insurance: from",
        "effective date|coverage start|insurance start|policy start",
    ),
    "coverage_ends": ("Insurance: until", "termination date|coverage end|insurance end|policy end"),
    "payer_2": ("Second insurance", "secondary insurance|secondary payer|insurance 2|payer 2"),
    "member_id_2": (
        "Second insurance: member number",
        "secondary member id|member id 2|secondary policy number",
    ),
}


def longest(name: str) -> int | None:
    found = Patient._meta.get_field(name)
    return found.max_length if isinstance(found, Field) else None


LIMITS = {name: longest(name) for name in (
    "mrn", "given_name", "family_name", "email", "language", "preferred_name", "pronouns",
    "address", "city", "state", "postal_code")} | {
    "identifier": 200, "contact_name": 120, "payer": 120, "plan": 120, "member_id": 60,
    "group_number": 60, "payer_2": 120, "member_id_2": 60}  # fmt: skip


def guessed(headers: Sequence[str]) -> dict[str, int]:
    """Which column probably means what; each meaning once, each column once."""
    found: dict[str, int] = {}
    for exact in (True, False):
        for index, header in enumerate(headers):
            if index in found.values():
                continue
            said = folded(header).replace("_", " ").strip(" :#*.")
            for key, (label, others) in COLUMNS.items():
                names = {folded(label), key.replace("_", " "), *others.split("|")}
                hit = said in names if exact else said.replace("-", " ") in names
                if hit and key not in found:
                    found[key] = index
                    break
    return found


def missing(columns: Mapping[str, int]) -> list[str]:
    """What no table can do without, as sentences."""
    found = []
    if "full_name" not in columns and not {"given_name", "family_name"} <= set(columns):
        found.append("Say which columns hold the first and the last name, or the whole name.")
    if "birth_date" not in columns:
        found.append("Say which column holds the date of birth: nobody is matched without it.")
    taken = list(columns.values())
    if len(set(taken)) < len(taken):
        found.append("One column has two meanings. Give each column one.")
    return found


def people(
    text: str, *, delimiter: str, columns: Mapping[str, int], today: dt.date
) -> Iterator[Reading]:
    """Line by line after the headers; `number` is the line as a spreadsheet counts rows."""
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    headers = [cell.strip() for cell in next(lines)]
    number = 1
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield Reading(number, None, ("The line cannot be read: a quotation mark is not closed, "
                                         "or a cell is far too long.",))  # fmt: skip
            continue
        if not any(cell.strip() for cell in cells):
            continue
        yield Line(number, headers, cells, columns, today).read()


class Line:
    """One line; collects every problem, so that a row is corrected once."""

    def __init__(
        self,
        number: int,
        headers: Sequence[str],
        cells: Sequence[str],
        columns: Mapping[str, int],
        today: dt.date,
    ) -> None:
        self.number, self.headers, self.columns, self.today = number, headers, columns, today
        self.cells = [cell.strip() for cell in cells]
        self.problems: list[str] = []
        self.notes: list[str] = []

    def cell(self, key: str) -> str:
        index = self.columns.get(key)
        text = "" if index is None or index >= len(self.cells) else self.cells[index]
        if not values.storable(text):
            self.bad(key, "a character in it cannot be stored")
            return ""
        text = " ".join(text.split())
        limit = LIMITS.get(key) or 200
        if len(text) > limit:
            self.bad(key, f"longer than {limit} characters")
        return text[:limit]

    def bad(self, key: str, why: str) -> None:
        self.problems.append(f"Column “{self.header(key)}”: {why}.")

    def header(self, key: str) -> str:
        index = self.columns.get(key, -1)
        name = self.headers[index] if 0 <= index < len(self.headers) else COLUMNS[key][0]
        return name[:60]

    def value(self, key: str, read: Callable[[str], Any], why: str) -> Any:
        """The cell as a value; "" when it is empty, and when it cannot be read, which is noted."""
        text = self.cell(key)
        if not text:
            return ""
        found = read(text)
        if found is None:
            self.bad(key, why)
            return ""
        return found

    def day(self, key: str, *, future: bool = False) -> str:
        found = self.value(
            key,
            lambda text: values.day_of(text, today=self.today, future=future),
            "not a full date (03/14/1974 or 1974-03-14)" + ("" if future else " in the past"),
        )
        return found.isoformat() if found else ""

    def names(self) -> tuple[str, str]:
        given, family = self.cell("given_name"), self.cell("family_name")
        whole = self.cell("full_name")
        if whole and not (given and family):
            last, comma, first = whole.partition(",")
            if not comma:
                first, _, last = whole.rpartition(" ")
            given, family = given or first.strip(), family or last.strip()
        for key, text in (("given_name", given), ("family_name", family)):
            if not text:
                at = key if key in self.columns else "full_name"
                self.bad(at, "the first name is missing" if key == "given_name"
                         else "the last name is missing")  # fmt: skip
        return given[:80], family[:80]

    def read(self) -> Reading:
        if len(self.cells) > len(self.headers) and any(self.cells[len(self.headers) :]):
            self.problems.append(
                f"The row has {len(self.cells)} cells, the headers have {len(self.headers)}: "
                "a comma in a name or an address is not in quotation marks."
            )
        given, family = self.names()
        born = self.day("birth_date")
        if not born and not self.cell("birth_date"):
            self.bad("birth_date", "the date of birth is missing")
        died = self.cell("deceased_on")
        dead = values.yes_or_no(died)
        died_on = "" if dead is not None else self.day("deceased_on")
        phone = "not a phone number with its area code (312 555 0142)"
        person = Person(
            given_name=given,
            family_name=family,
            birth_date=born,
            mrn=self.cell("mrn"),
            sex=self.value("sex", values.sex_of, "not one of female, male, other, unknown"),
            phone=self.value("phone", values.phone_of, phone),
            email=self.value("email", values.email_of, "not an e-mail address"),
            language=self.value("language", values.language_of, ""),
            interpreter=bool(self.value("interpreter", values.yes_or_no, "not yes or no")),
            **{name: self.cell(name) for name in (
                "preferred_name", "pronouns", "address", "city", "state", "postal_code")},
            deceased=bool(dead or died_on),
            deceased_on=died_on,
            identifiers=(("csv", own),) if (own := self.cell("identifier")) else (),
            contacts=self.contacts(phone),
            coverages=self.coverages(),
        )  # fmt: skip
        called = ", ".join(name for name in (family, given) if name)
        if self.problems:
            return Reading(self.number, None, tuple(dict.fromkeys(self.problems)), called=called)
        if left := values.left_of_phone(self.cell("phone")):
            self.notes.append(f"Column “{self.header('phone')}”: {left}")
        return Reading(self.number, person, notes=tuple(self.notes), called=called)

    def contacts(self, phone: str) -> tuple[Contact, ...]:
        name = self.cell("contact_name")
        number = self.value("contact_phone", values.dialled_phone_of, phone)
        if not name or not number:
            return ()
        return (Contact(name, values.relation_of(self.cell("contact_relation")), number),)

    def coverages(self) -> tuple[Insurance, ...]:
        found = []
        starts = self.day("coverage_starts", future=True)
        ends = ""
        if values.endless(self.cell("coverage_ends"), today=self.today):
            self.notes.append("The insurance ends far in the future: taken as one without an end.")
        else:
            ends = self.day("coverage_ends", future=True)
        if starts and ends and ends < starts:
            self.bad("coverage_ends", "ends before it begins")
        if payer := self.cell("payer"):
            plan = self.cell("plan")
            kind, guess = values.class_of(payer, plan)
            found.append(Insurance(
                payer, kind, plan, self.cell("member_id"), self.cell("group_number"),
                starts_on=starts, ends_on=ends, guessed=guess))  # fmt: skip
        elif self.cell("member_id"):
            self.bad("payer", "the insurance is missing beside its member number")
        if payer := self.cell("payer_2"):
            kind, guess = values.class_of(payer)
            member = self.cell("member_id_2")
            found.append(Insurance(payer, kind, member_id=member, guessed=guess))
        return tuple(found)
