"""Reads about clinics, rosters and patients. The viewer comes first."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from core.accounts.models import User
from core.accounts.roles import Role
from core.lib.business_days import Calendar
from core.people.access import visible_to
from core.people.dates import running
from core.people.models import Clinic, OnCallShift, Patient, StaffMember
from core.people.names import birthday_in, digits, folded, phone_e164

SIMILAR = 0.45  # word similarity from which a misspelt name is offered


def calendar_of(clinic: Clinic) -> Calendar:
    """A clinic's calendar from its rows (two queries)."""
    return Calendar(
        zone=ZoneInfo(clinic.zone),
        hours={h.weekday: (h.opens, h.closes) for h in clinic.hours.all()},
        holiday_set=clinic.holiday_set,
        closures=frozenset(clinic.closures.values_list("on", flat=True)),
    )


@dataclass(frozen=True)
class Roster:
    """Who answers for a clinic at one moment. A gap in `first` falls to every physician."""

    first: User | None
    backup: User | None
    physicians: tuple[User, ...]
    managers: tuple[User, ...]

    def first_or_all(self) -> tuple[User, ...]:
        return (self.first,) if self.first else self.physicians

    def backup_or_all(self) -> tuple[User, ...]:
        return (self.backup,) if self.backup else self.physicians


def staff_with(clinic: Clinic | uuid.UUID, role: Role, *, now: dt.datetime) -> QuerySet[User]:
    """Active people with `role` working at a clinic today; partner practices apart."""
    posts = StaffMember.objects.filter(
        running("clinic__zone", now=now), clinic=clinic, partner_practice=""
    )
    return User.objects.filter(
        is_active=True, roles__contains=[role], pk__in=posts.values("user_id")
    ).order_by("full_name")


def at_work_here(clinic: Clinic, *, now: dt.datetime) -> list[User]:
    """Everybody active with a post at a clinic today, partner practices too, by name."""
    posts = StaffMember.objects.filter(running("clinic__zone", now=now), clinic=clinic)
    people = User.objects.filter(is_active=True, pk__in=posts.values("user_id"))
    return list(people.order_by("full_name"))


def roster_at(clinic: Clinic, *, now: dt.datetime) -> Roster:
    """One query: the clinic's physicians and managers, each with the shifts they hold now."""
    shifts = OnCallShift.objects.filter(
        clinic=clinic, user=OuterRef("user"), starts_at__lte=now, ends_at__gt=now
    )
    posts = (
        StaffMember.objects.filter(
            running("clinic__zone", now=now),
            clinic=clinic,
            partner_practice="",  # they know only their own care teams
            user__is_active=True,
            user__roles__overlap=[Role.PHYSICIAN, Role.MANAGER],
        )
        .select_related("user")
        .annotate(holds=ArraySubquery(shifts.values("position")))
    )
    found = sorted(posts, key=lambda post: post.user.full_name)
    people = [post.user for post in found]
    physicians = {u.pk: u for u in people if u.has_role(Role.PHYSICIAN)}
    # A shift of somebody who left, or is no physician any more, is a gap.
    on_call = {
        position: post.user
        for post in found
        for position in post.holds
        if post.user_id in physicians
    }
    return Roster(
        first=on_call.get(OnCallShift.Position.FIRST),
        backup=on_call.get(OnCallShift.Position.BACKUP),
        physicians=tuple(physicians.values()),
        managers=tuple(u for u in people if u.has_role(Role.MANAGER)),
    )


@dataclass(frozen=True)
class Gap:
    """Nobody holds `position` from `starts_at` to `ends_at`."""

    position: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def gaps(clinic: Clinic, *, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Gap]:
    """Holes in the roster within a window, per position, in order of time."""
    shifts = list(
        OnCallShift.objects.filter(
            clinic=clinic,
            ends_at__gt=starts_at,
            starts_at__lt=ends_at,
            user__in=staff_with(clinic, Role.PHYSICIAN, now=starts_at),
        ).order_by("starts_at")
    )
    holes: list[Gap] = []
    for position in OnCallShift.Position.values:
        edge = starts_at
        for shift in (s for s in shifts if s.position == position):
            if shift.starts_at > edge:
                holes.append(Gap(position, edge, shift.starts_at))
            edge = max(edge, shift.ends_at)
        if edge < ends_at:
            holes.append(Gap(position, edge, ends_at))
    return sorted(holes, key=lambda gap: (gap.starts_at, gap.position))


@dataclass(frozen=True)
class PatientRow:
    """What a search result or list shows."""

    id: uuid.UUID
    mrn: str
    given_name: str
    family_name: str
    birth_date: dt.date
    phone: str


ROW = ("id", "mrn", "given_name", "family_name", "birth_date", "phone")


def find_patients(
    viewer: User, text: str, *, now: dt.datetime, limit: int = 20
) -> list[PatientRow]:
    """Patients the viewer may know of by name (misspelt too), DOB, MRN or phone, best first.

    Every word must be found; when nothing is, near spellings are offered.
    """
    mine = visible_to(viewer, now=now).filter(merged_into=None)
    today = timezone.localdate(now)  # the clinic's day, on its pages
    born, rest = birthday_in(text, today=today)
    if born:
        mine = mine.filter(birth_date=born)
    typed = folded(rest).replace(",", " ").split()
    words = [w for w in typed if w != "mrn"] or typed  # it stands in all, so tells nobody apart
    if born and not words:
        rows = list(mine.order_by("family_name", "given_name").values(*ROW)[:limit])
        return [PatientRow(**row) for row in rows]
    if not words:
        return []
    number = digits(rest)
    if len(number) >= 7 and not any(c.isalpha() for c in rest):
        rows = list(
            mine.filter(search__contains=number[-10:]).order_by("family_name").values(*ROW)[:limit]
        )
        return [PatientRow(**row) for row in rows]
    found = list(with_words(mine, words).values(*ROW)[:limit])
    if not found and any(len(word) > 2 for word in words):
        query = " ".join(words)
        found = list(
            mine.filter(search__trigram_word_similar=query)  # from SIMILAR on
            .annotate(score=TrigramWordSimilarity(query, "search"))
            .order_by("-score", "family_name", "pk")
            .values(*ROW)[:limit]
        )
    return [PatientRow(**row) for row in found]


def with_words(patients: QuerySet[Patient], words: Sequence[str]) -> QuerySet[Patient]:
    """Those in whose searched text every word stands, by name.

    A word of one or two letters is the start of a name: in the middle of one it has no trigram.
    """
    every = Q()
    for word in words:
        every &= Q(search__contains=word) if len(word) > 2 else _starting(word)
    # PostgreSQL takes every word for a common one and walks the clinic by name until twenty are
    # found: for a rare name through all of it. So the order is one that no index has, except for
    # single letters, which are as common as it thinks.
    first = F("family_name") if all(len(word) == 1 for word in words) else _sorted_name()
    return patients.filter(every).order_by(first, "given_name", "pk")


def _starting(word: str) -> Q:
    if "mrn".startswith(word):  # every searched text has “mrn”
        return Q(search__regex=rf"(^|[ -]){word}(?!{'mrn'[len(word) :]})")
    starts = Q(search__startswith=word)
    for edge in (" ", "-"):
        starts |= Q(search__contains=f"{edge}{word}")
    return starts


def _sorted_name() -> Concat:
    return Concat("family_name", Value(""))


def by_phone(
    viewer: User, phone: str, *, clinic: Clinic, now: dt.datetime, limit: int = 5
) -> list[PatientRow]:
    """A clinic's patients whose own number this is, or was on a chart merged into theirs; for a
    caller's number."""
    rows = (
        visible_to(viewer, now=now)
        .filter(_with_phone(phone), clinic=clinic, merged_into=None)
        .order_by("family_name", "given_name")
        .values(*ROW)
    )
    return [PatientRow(**row) for row in rows[:limit]]


def _with_phone(number: str) -> Q:
    """Their number, or that of a chart merged into theirs: the searched text has them all."""
    own, last = Q(phone=number), digits(number)[-10:]
    return own | Q(search__contains=f" {last}") if len(last) == 10 else own


def likely_duplicates(  # noqa: PLR0913 - one person as typed
    viewer: User,
    *,
    given_name: str,
    family_name: str,
    birth_date: dt.date | None,
    phone: str,
    clinic: Clinic,
    now: dt.datetime,
    limit: int = 5,
) -> list[PatientRow]:
    """Charts of a clinic that may be the same person's.

    Same birth date and a near name, same full name, or same phone and a somewhat near name.
    """
    name = folded(f"{family_name} {given_name}")
    here = visible_to(viewer, now=now).filter(clinic=clinic, merged_into=None)
    mine = here.annotate(score=TrigramWordSimilarity(name, "search"))
    near = Q(search__contains=folded(family_name), score__gte=0.9)
    if birth_date:
        near |= Q(birth_date=birth_date, score__gte=SIMILAR)
    number = phone_e164(phone) if phone else ""
    if number:
        near |= _with_phone(number) & Q(score__gte=0.3)
    rows = mine.filter(near).order_by("-score", "pk").values(*ROW)[:limit]
    return [PatientRow(**row) for row in rows]


def team_of(patient: Patient, *, now: dt.datetime) -> list[tuple[str, str]]:
    """(role, name) of the care team today."""
    members = patient.care_team.filter(running("patient__clinic__zone", now=now))
    return [
        (m.role, m.user.name_line)
        for m in members.select_related("user").order_by("role", "from_on")
    ]
