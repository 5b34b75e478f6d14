"""Who works at the demo clinic and signs in. All names, numbers and addresses are invented."""

import base64
import datetime as dt
import hashlib
import hmac

from django.conf import settings

from core.accounts import codes
from core.accounts.models import ApiToken, User
from core.accounts.roles import Role
from core.accounts.services import create_user, digest_of, issue_token
from core.people.models import Clinic, ClinicHours, OnCallShift
from core.people.services import employ, put_on_call

CLINIC = "Riverside Pain Centre"
ZONE = "America/Chicago"

# e-mail, name, credentials, phone, roles, partner practice; the first of a role is the one printed.
STAFF: list[tuple[str, str, str, str, list[Role], str]] = [
    ("ana.flores@hallway.example", "Ana Flores", "", "+13125550110", [Role.FRONT_DESK], ""),
    ("ben.ito@hallway.example", "Ben Ito", "", "+13125550111", [Role.FRONT_DESK], ""),
    ("leila.amin@hallway.example", "Leila Amin", "MD", "+13125550120", [Role.PHYSICIAN], ""),
    ("paul.novak@hallway.example", "Paul Novak", "MD", "+13125550121", [Role.PHYSICIAN], ""),
    ("grace.mbeki@hallway.example", "Grace Mbeki", "NP", "+13125550122", [Role.PHYSICIAN], ""),
    ("lena.ruiz@hallway.example", "Lena Ruiz", "PT", "+13125550130", [Role.THERAPIST], ""),
    (
        "tom.berg@northside.example",
        "Tom Berg",
        "PT",
        "+13125550131",
        [Role.THERAPIST],
        "Northside Physical Therapy",
    ),
    ("jo.park@hallway.example", "Jo Park", "", "+13125550140", [Role.COORDINATOR], ""),
    ("dana.cole@hallway.example", "Dana Cole", "", "+13125550150", [Role.MANAGER], ""),
    (
        "iris.lang@hallway.example",
        "Iris Lang",
        "PsyD",
        "+13125550160",
        [Role.BEHAVIORAL_HEALTH],
        "",
    ),
]
PATIENT_EMAIL = "daniel.okafor@mail.example"


def derived(purpose: str, who: str) -> str:
    """The same secret on every start of one installation, another one on the next machine."""
    digest = hmac.new(
        settings.SECRET_KEY.encode(), f"{purpose}:{who}".encode(), hashlib.sha256
    ).hexdigest()
    return f"{purpose}-{digest[:6]}-{digest[6:12]}-{digest[12:18]}"


def totp_key(email: str) -> str:
    """The key behind somebody's codes, likewise; `script/code` prints the code of the moment."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"totp:{email}".encode(), hashlib.sha256)
    return base64.b32encode(digest.digest()[:20]).decode()


def make_clinic() -> Clinic:
    clinic = Clinic.objects.filter(name=CLINIC).first()
    if clinic:
        return clinic
    clinic = Clinic.objects.create(
        name=CLINIC,
        zone=ZONE,
        phone="+13125550100",
        holiday_set="US",
        address="1200 River Street, Chicago, IL 60607",
        fax="+13125550109",
        email="records@riverside.example",
    )
    add_hours(clinic)
    return clinic


def add_hours(clinic: Clinic) -> None:
    for weekday in range(5):
        ClinicHours.objects.create(
            clinic=clinic, weekday=weekday, opens=dt.time(8), closes=dt.time(18)
        )
    ClinicHours.objects.create(clinic=clinic, weekday=5, opens=dt.time(9), closes=dt.time(13))


def make_user(
    *,
    email: str,
    name: str,
    roles: list[Role],
    now: dt.datetime,
    credentials: str = "",
    phone: str = "",
) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = create_user(
            email=email,
            full_name=name,
            roles=[str(r) for r in roles],
            password=derived("demo", email),
            by=None,
            now=now,
            credentials=credentials,
            phone=phone,
        )
    if user.is_staff_member and not codes.has_factor(user):
        codes.enrol(user=user, secret=totp_key(email))
    token = derived("token", email)
    if not ApiToken.objects.filter(digest=digest_of(token)).exists():
        issue_token(user=user, label="demo", by=None, now=now, token=token)
    return user


def make_staff(clinic: Clinic, now: dt.datetime) -> dict[str, User]:
    """Everyone by e-mail."""
    people = {}
    for email, name, credentials, phone, roles, practice in STAFF:
        user = make_user(
            email=email, name=name, roles=roles, now=now, credentials=credentials, phone=phone
        )
        employ(
            clinic=clinic,
            user=user,
            by=None,
            now=now - dt.timedelta(days=400),
            partner_practice=practice,
        )
        people[email] = user
    return people


def make_roster(clinic: Clinic, people: dict[str, User], now: dt.datetime) -> None:
    """Two weeks from last Monday, in shifts that turn at 07:00; one backup shift is left open."""
    doctors = [
        people[e]
        for e in (
            "leila.amin@hallway.example",
            "paul.novak@hallway.example",
            "grace.mbeki@hallway.example",
        )
    ]
    start = (now - dt.timedelta(days=now.weekday())).replace(
        hour=13, minute=0, second=0, microsecond=0
    )
    for day in range(-1, 21):
        begin = start + dt.timedelta(days=day)
        end = begin + dt.timedelta(days=1)
        # The physician whose sign-in is printed is first today: a newcomer's flag finds them.
        is_today = begin <= now < end
        first = doctors[0] if is_today else doctors[day % 3]
        backup = doctors[1] if is_today else doctors[(day + 1) % 3]
        for position, user in (("first", first), ("backup", backup)):
            skip = position == "backup" and begin.date() == now.date() + dt.timedelta(days=5)
            taken = OnCallShift.objects.filter(
                clinic=clinic, position=position, starts_at__lt=end, ends_at__gt=begin
            ).exists()
            if not skip and not taken:
                put_on_call(
                    clinic=clinic,
                    position=position,
                    user=user,
                    starts_at=begin,
                    ends_at=end,
                    by=None,
                    now=now,
                )


def printed_users(people: dict[str, User], patient: User) -> dict[str, dict[str, str | None]]:
    """One sign-in per role, as written to `.local/demo.json`."""
    first: dict[str, User] = {}
    for email, _, _, _, roles, _ in STAFF:
        first.setdefault(roles[0], people[email])
    first[Role.PATIENT] = patient
    return {
        str(role): {
            "email": user.email,
            "password": derived("demo", user.email),
            "totp": totp_key(user.email) if user.is_staff_member else None,
            "token": derived("token", user.email),
        }
        for role, user in first.items()
    }
