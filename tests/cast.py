"""The named cast of every test story, and two clinics for it to play in.

Riverside: Ana and Ben (front desk), Amin, Novak and Mbeki (physicians; Amin first on call, Novak
backup), Ruiz (therapist), Berg (therapist of a partner practice), Park (coordinator), Cole
(manager), Lang (behavioral health); patients Okafor (with a portal sign-in) and Hale. Lakeside,
the other clinic: Zoe (front desk), Quist (physician), Mora (manager), patient Outis. Zoe, Quist and
Mora are the outsiders.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.models import Clinic, ClinicHours, OnCallShift, Patient, StaffMember
from core.people.names import search_text
from core.protocols.services import load

PASSWORD = "correct-horse-battery"
# A Tuesday, 15:00 in Chicago: the clinic is open.
NOW = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)


@dataclass
class Cast:
    """Everyone by name: `cast.ana`, `cast.okafor`, `cast.riverside`."""

    members: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["members"][name]
        except KeyError:
            raise AttributeError(f"nobody called {name} in the cast") from None


def user(email: str, name: str, role: Role, phone: str = "") -> User:
    row = User(email=email, full_name=name, roles=[role], phone=phone)
    row.set_unusable_password()  # sign-in tests set one; hashing for everybody costs seconds
    row.save()
    return row


def clinic(name: str, phone: str) -> Clinic:
    row = Clinic.objects.create(name=name, zone="America/Chicago", phone=phone, holiday_set="US")
    for weekday in range(5):
        ClinicHours.objects.create(
            clinic=row, weekday=weekday, opens=dt.time(8), closes=dt.time(18)
        )
    return row


def patient(
    at: Clinic,
    mrn: str,
    given: str,
    family: str,
    born: dt.date,
    phone: str,
    account: User | None = None,
) -> Patient:
    return Patient.objects.create(
        clinic=at, mrn=mrn, given_name=given, family_name=family, birth_date=born, phone=phone,
        search=search_text(given_name=given, family_name=family, mrn=mrn, phone=phone),
        user=account, registered_at=NOW,
    )  # fmt: skip


STAFF = [
    ("ana", "Ana Flores", Role.FRONT_DESK), ("ben", "Ben Ito", Role.FRONT_DESK),
    ("amin", "Leila Amin", Role.PHYSICIAN), ("novak", "Paul Novak", Role.PHYSICIAN),
    ("mbeki", "Grace Mbeki", Role.PHYSICIAN), ("ruiz", "Lena Ruiz", Role.THERAPIST),
    ("berg", "Tom Berg", Role.THERAPIST), ("park", "Jo Park", Role.COORDINATOR),
    ("cole", "Dana Cole", Role.MANAGER), ("lang", "Iris Lang", Role.BEHAVIORAL_HEALTH),
]  # fmt: skip
OUTSIDERS = [
    ("zoe", "Zoe Other", Role.FRONT_DESK), ("quist", "Quist Other", Role.PHYSICIAN),
    ("mora", "Mora Other", Role.MANAGER),
]  # fmt: skip


def assemble(now: dt.datetime = NOW) -> Cast:
    """Both clinics with their people, protocols loaded, Amin and Novak on call around `now`."""
    for kind in ("red_flags", "escalation", "metrics"):
        load(kind=kind, now=now)
    members: dict[str, Any] = {
        "riverside": clinic("Riverside Pain Centre", "+13125550100"),
        "lakeside": clinic("Lakeside Pain Centre", "+13125559900"),
    }
    for home, people in (("riverside", STAFF), ("lakeside", OUTSIDERS)):
        for index, (key, name, role) in enumerate(people):
            members[key] = user(f"{key}@{home}.example", name, role, f"+1312555{3000 + index}")
            StaffMember.objects.create(
                clinic=members[home], user=members[key],
                from_on=now.date() - dt.timedelta(days=400),
                partner_practice="Northside Physical Therapy" if key == "berg" else "",
            )  # fmt: skip
    for position, key in (("first", "amin"), ("backup", "novak")):
        OnCallShift.objects.create(
            clinic=members["riverside"], position=position, user=members[key],
            starts_at=now - dt.timedelta(days=7), ends_at=now + dt.timedelta(days=8),
        )  # fmt: skip
    members["daniel"] = user("daniel@mail.example", "Daniel Okafor", Role.PATIENT)
    members["okafor"] = patient(
        members["riverside"],
        "1042",
        "Daniel",
        "Okafor",
        dt.date(1974, 3, 14),
        "+13125550142",
        members["daniel"],
    )
    members["hale"] = patient(
        members["riverside"], "1043", "Margaret", "Hale", dt.date(1959, 2, 3), "+13125550143"
    )
    members["outis"] = patient(
        members["lakeside"], "1042", "Odile", "Outis", dt.date(1980, 1, 1), "+13125559942"
    )
    return Cast(members)
