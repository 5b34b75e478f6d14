"""FHIR R4: Bundles (collection, transaction, batch, searchset), lists, NDJSON. Pure.

Patient and Coverage are read, wherever they stand: as entries or contained in a claim's answer.
Everything else in a bundle is passed over. Numbers that open doors (social security, driver's
licence, passport, tax) are not taken over.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.importing.person import Contact, Insurance, Person, Reading
from core.importing.reading import values
from core.lib.errors import Refused

Json = Mapping[str, Any]
BUNDLES = {"collection", "transaction", "batch", "searchset", "document", "history"}
NEVER_KEPT = {"SS", "DL", "PPN", "TAX", "SB", "PRN", "BC", "CZ"}  # HL7 v2-0203
FHIR_DAY = re.compile(r"\d{4}-\d\d-\d\d")
MRN_LENGTH = 20
READ = ("name", "birthDate", "gender", "identifier", "telecom", "address", "communication",
        "contact", "deceasedDateTime")  # elements of a patient  # fmt: skip
SUBSCRIBERS = {"self": "self", "spouse": "spouse", "common": "spouse", "child": "parent"}
NOT_COUNTED = {"entered-in-error", "draft"}
NO_PAYER = {"no_insurance", "no insurance", "self pay", "self-pay"}


def people(document: Any, *, today: dt.date) -> Iterator[Reading]:
    """Every patient of the document in its order. Raises Refused for what is no FHIR."""
    resources = list(resources_of(document))
    coverages = coverages_of(resources, today)
    names = payers_of(resources)
    number = 0
    for address, resource in resources:
        if resource.get("resourceType") == "Patient":
            number += 1
            own = {address, f"Patient/{resource.get('id', '')}"} - {"", "Patient/"}
            mine = [one for ref, one in coverages if ref in own]
            yield PatientReader(number, resource, mine, names, today).read()


def resources_of(document: Any) -> Iterator[tuple[str, Json]]:
    """(full address, resource), contained ones after what contains them."""
    if isinstance(document, list):
        for one in document:
            yield from resources_of(one)
        return
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise Refused("This is JSON, but not FHIR: there is no resourceType in it.")
    if document["resourceType"] == "Bundle":
        if document.get("type", "collection") not in BUNDLES:
            raise Refused("This kind of bundle carries no patients to import.")
        for entry in listed(document.get("entry")):
            resource = entry.get("resource")
            if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
                yield from with_contained(str(entry.get("fullUrl") or ""), resource)
        return
    yield from with_contained("", document)


def with_contained(address: str, resource: Json) -> Iterator[tuple[str, Json]]:
    yield address, resource
    for inner in listed(resource.get("contained")):
        if inner.get("resourceType") in {"Coverage", "Organization"}:
            yield f"{address}#{inner.get('id', '')}", inner


def listed(value: Any) -> list[Json]:
    """The objects of what should be a list of objects."""
    found = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    return [one for one in found if isinstance(one, dict)]


def text(value: Any) -> str:
    """A string with single blanks, without what cannot be stored (see `unstorable`)."""
    if not isinstance(value, str):
        return ""
    return " ".join((value if values.storable(value) else cleaned(value)).split())


def cleaned(value: str) -> str:
    return "".join(c for c in value if values.storable(c))


def unstorable(value: Any) -> bool:
    """Is there a character in it, or in what is in it, that the database cannot hold?"""
    if isinstance(value, str):
        return not values.storable(value)
    if isinstance(value, dict):
        return any(unstorable(inner) for inner in value.values())
    return isinstance(value, list) and any(unstorable(inner) for inner in value)


def givens(name: Json) -> list[str]:
    said = name.get("given")
    return [text(one) for one in said] if isinstance(said, list) else []


def code_in(concept: Any) -> str:
    codings = listed(concept.get("coding")) if isinstance(concept, dict) else []
    return next((text(c.get("code")) for c in codings if c.get("code")), "")


def reference(value: Any) -> str:
    return text(value.get("reference")) if isinstance(value, dict) else ""


def coverages_of(resources: list[tuple[str, Json]], today: dt.date) -> list[tuple[str, Json]]:
    """(whose, coverage); entered in error and drafts are none."""
    return [
        (reference(one.get("beneficiary")), one)
        for _, one in resources
        if one.get("resourceType") == "Coverage" and one.get("status") not in NOT_COUNTED
    ]


def payers_of(resources: list[tuple[str, Json]]) -> dict[str, str]:
    """Address of an organization → its name."""
    found = {}
    for address, one in resources:
        if one.get("resourceType") == "Organization":
            for key in (address, f"Organization/{one.get('id', '')}"):
                found[key] = text(one.get("name"))
    return found


class PatientReader:
    """One Patient resource; problems keep it from being used, notes do not."""

    def __init__(
        self,
        number: int,
        resource: Json,
        coverages: list[Json],
        payers: Mapping[str, str],
        today: dt.date,
    ) -> None:
        self.number, self.resource, self.today = number, resource, today
        self.mine, self.payers = coverages, payers
        self.problems: list[str] = []
        self.notes: list[str] = []

    def bad(self, element: str, why: str) -> None:
        self.problems.append(f"Patient.{element}: {why}.")

    def read(self) -> Reading:
        for element in READ:
            if unstorable(self.resource.get(element)):
                self.bad(element, "a character in it cannot be stored")
        given, family = self.names()
        identifiers, mrn = self.identifiers()
        phone, email = self.telecom()
        gender = text(self.resource.get("gender"))
        if gender and values.sex_of(gender) is None:
            self.bad("gender", "not one of female, male, other, unknown")
        person = Person(
            given_name=given,
            family_name=family,
            birth_date=self.birth_date(),
            mrn=mrn,
            sex=values.sex_of(gender) or "",
            phone=phone,
            email=email,
            language=self.language(),
            **self.address(),
            **self.deceased(),
            identifiers=identifiers,
            contacts=self.contacts(),
            coverages=self.coverages(),
        )
        called = ", ".join(name for name in (family, given) if name)
        if self.problems:
            return Reading(self.number, None, tuple(self.problems), called=called)
        return Reading(self.number, person, notes=tuple(self.notes), called=called)

    def names(self) -> tuple[str, str]:
        found = [
            n for n in listed(self.resource.get("name")) if n.get("use") not in {"old", "maiden"}
        ]
        order = {"official": 0, "usual": 1, None: 2}
        found.sort(key=lambda n: order.get(n.get("use"), 3))
        name: Json = found[0] if found else {}
        given, family = " ".join(givens(name)).strip(), text(name.get("family"))
        if not given or not family:
            self.bad("name", "an official name with a family and a given name is missing")
        if len(given) > 80 or len(family) > 80:
            self.bad("name", "longer than 80 characters")
        return given[:80], family[:80]

    def birth_date(self) -> str:
        said = text(self.resource.get("birthDate"))
        if not said:
            self.bad("birthDate", "the date of birth is missing")
        elif not FHIR_DAY.fullmatch(said):
            self.bad("birthDate", "not a full date: year, month and day are needed to tell people "
                     "apart")  # fmt: skip
        elif day := values.day_of(said, today=self.today):
            return day.isoformat()
        else:
            self.bad("birthDate", "not a date in the past since 1900")
        return ""

    def identifiers(self) -> tuple[tuple[tuple[str, str], ...], str]:
        """(what the other system calls them, the MRN when one is named so and fits)."""
        found, mrn = [], ""
        for one in listed(self.resource.get("identifier")):
            kind, value = code_in(one.get("type")), text(one.get("value"))
            if kind in NEVER_KEPT or not value or "us-ssn" in text(one.get("system")):
                continue
            if len(value) > 200:
                self.bad("identifier", "longer than 200 characters")
                continue
            found.append((text(one.get("system"))[:200] or "fhir", value))
            if kind in {"MR", "MRN"} and not mrn and len(value) <= MRN_LENGTH:
                mrn = value
        return tuple(dict.fromkeys(found)), mrn

    def telecom(self) -> tuple[str, str]:
        phone = email = ""
        for one in listed(self.resource.get("telecom")):
            said, system = text(one.get("value")), one.get("system")
            if one.get("use") == "old" or not said:
                continue
            if system in {"phone", "sms"} and not phone:
                phone = values.phone_of(said) or ""
                if not phone:
                    self.notes.append("Patient.telecom: a phone number cannot be read; left out.")
                elif left := values.left_of_phone(said):
                    self.notes.append(f"Patient.telecom: {left}")
            if system == "email" and not email:
                email = values.email_of(said) or ""
                if not email:
                    self.notes.append(
                        "Patient.telecom: an e-mail address cannot be read; left out."
                    )
        return phone, email

    def address(self) -> dict[str, Any]:
        homes = sorted(listed(self.resource.get("address")),
                       key=lambda a: {"home": 0, "old": 9}.get(str(a.get("use")), 1))  # fmt: skip
        if not homes:
            return {}
        home = homes[0]
        lines = home.get("line") if isinstance(home.get("line"), list) else []
        return {
            "address": ", ".join(text(line) for line in lines or [])[:160],
            "city": text(home.get("city"))[:80],
            "state": text(home.get("state"))[:40],
            "postal_code": text(home.get("postalCode"))[:12],
        }

    def language(self) -> str:
        spoken = listed(self.resource.get("communication"))
        spoken.sort(key=lambda one: not one.get("preferred"))
        for one in spoken:
            concept = one.get("language")
            said = code_in(concept) or text(
                concept.get("text") if isinstance(concept, dict) else ""
            )
            if said:
                return values.language_of(said)[:40]
        return ""

    def deceased(self) -> dict[str, Any]:
        when = text(self.resource.get("deceasedDateTime"))
        if not when:
            return {"deceased": self.resource.get("deceasedBoolean") is True}
        day = values.day_of(when, today=self.today)
        if day is None:
            self.notes.append("Patient.deceasedDateTime: not a full date; noted without it.")
        return {"deceased": True, "deceased_on": day.isoformat() if day else ""}

    def contacts(self) -> tuple[Contact, ...]:
        found = []
        for one in listed(self.resource.get("contact")):
            name = next(iter(listed(one.get("name"))), {})
            said = text(name.get("text")) or " ".join([*givens(name), text(name.get("family"))])
            said_of = [text(t.get("value")) for t in listed(one.get("telecom"))
                       if t.get("system") == "phone" and t.get("value")]  # fmt: skip
            phones = [values.dialled_phone_of(number) for number in said_of]
            phone = next((p for p in phones if p), "")
            if said.strip() and phone:
                found.append(Contact(said.strip()[:120], relation_in(one), phone))
            else:
                self.notes.append("Patient.contact: without a name or a readable phone; left out.")
        return tuple(found)

    def coverages(self) -> tuple[Insurance, ...]:
        found: dict[tuple[str, str, str, str], Insurance] = {}
        ordered = sorted(self.mine, key=order_of)
        for one in ordered:
            coverage = self.coverage(one)
            if coverage:
                key = (coverage.payer, coverage.member_id, coverage.plan, coverage.starts_on)
                found.setdefault(key, coverage)
        return tuple(found.values())

    def coverage(self, one: Json) -> Insurance | None:
        if unstorable(one):
            self.notes.append("Coverage: a character in it cannot be stored; left out.")
            return None
        payor = next(iter(listed(one.get("payor"))), {})
        name = self.payers.get(reference(payor)) or text(payor.get("display"))
        kind_of: Any = one.get("type")
        name = name or text(kind_of.get("text") if isinstance(kind_of, dict) else "")
        if not name:
            self.notes.append("Coverage.payor: has no name; left out.")
            return None
        if name.lower() in NO_PAYER:
            return None
        plan, group = self.classes(one)
        period = one.get("period") if isinstance(one.get("period"), dict) else {}
        starts, ends = self.day(period, "start"), self.day(period, "end")
        if one.get("status") == "cancelled" and not ends:
            self.notes.append("Coverage: cancelled without an end; left out.")
            return None
        if starts and ends and ends < starts:
            self.notes.append("Coverage.period: ends before it begins; left out.")
            return None
        payer_class, guess = values.class_of(name, plan, code_in(one.get("type")))
        named = [text(i.get("value")) for i in listed(one.get("identifier"))]
        member = text(one.get("subscriberId")) or next((v for v in named if v), "")
        relation = code_in(one.get("relationship")) or "self"
        return Insurance(
            payer=name[:120], payer_class=payer_class, plan=plan[:120], member_id=member[:60],
            group_number=group[:60], subscriber=SUBSCRIBERS.get(relation, "other"),
            starts_on=starts, ends_on=ends, guessed=guess,
        )  # fmt: skip

    def classes(self, one: Json) -> tuple[str, str]:
        plan = group = ""
        for cls in listed(one.get("class")):
            kind = code_in(cls.get("type"))
            if kind == "plan":
                plan = plan or text(cls.get("name")) or text(cls.get("value"))
            if kind == "group":
                group = group or text(cls.get("value"))
        return plan, group

    def day(self, period: Any, name: str) -> str:
        said = text(period.get(name))
        if name == "end" and FHIR_DAY.match(said) and values.endless(said, today=self.today):
            self.notes.append("Coverage: ends far in the future; taken as one without an end.")
            return ""
        day = values.day_of(said, today=self.today, future=True) if FHIR_DAY.match(said) else None
        if said and day is None:
            self.notes.append(f"Coverage.period.{name}: not a full date; left out.")
        return day.isoformat() if day else ""


def order_of(coverage: Json) -> int:
    said = coverage.get("order")
    return said if isinstance(said, int) and not isinstance(said, bool) else 99


def relation_in(contact: Json) -> str:
    """Of a contact: by its words or its code of HL7's tables."""
    codes = {"C": "friend", "N": "other", "MTH": "mother", "FTH": "father", "SPS": "spouse",
             "SPO": "spouse", "CHD": "child", "SIB": "sibling", "FND": "friend", "GRD": "guardian",
             "PAR": "parent", "HUSB": "husband", "WIFE": "wife"}  # fmt: skip
    for one in listed(contact.get("relationship")):
        code, said = code_in(one), text(one.get("text"))
        display = next((text(c.get("display")) for c in listed(one.get("coding"))), "")
        for word in (said, display, codes.get(code, "")):
            relation = values.relation_of(word)
            if relation != "other":
                return relation
    return "other"
