"""What an update is drafted from, whom it reaches, and those that were sent."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from core.accounts.models import User
from core.accounts.roles import Role
from core.people.access import may_know
from core.people.dates import today_at
from core.work.selectors import drafts_of
from intake.appointment_rules import PT_KINDS
from intake.models import Appointment
from messaging.models import Recipient
from outcomes.moves import Move, moves_since
from rehab.limit_rules import ends
from rehab.models import CarePlan, PlanVersion, Restriction, Update
from rehab.plan_body import PlanBody
from rehab.plan_rules import Change, differences
from rehab.selectors.calendar import standing_visits
from rehab.selectors.limits import in_force, limit_of
from rehab.services.versions import team_that_reads
from rehab.update_rules import LABELS, Draft, Sources, beginning, draft

PAGE = 20
AHEAD = dt.timedelta(days=8)  # the coming week, to its last evening
MOST_VISITS = 3


@dataclass(frozen=True)
class Ground:
    """What the writer of an update has before them."""

    last: Update | None
    moves: Sequence[Move]
    changes: Sequence[Change]  # of the plan since the last update
    limits: Sequence[Restriction]
    visits: Sequence[Appointment]
    draft: Draft


def ground_of(viewer: User, plan: CarePlan, *, now: dt.datetime) -> Ground:
    """A fixed number of queries; the caller fetched the plan through `row_for`."""
    last = newest_update(plan)
    today = today_at(plan.clinic.zone, now=now)
    bodies = _bodies(plan, last)
    body = bodies[plan.head]
    since = last.at if last else first_night(plan)
    moves = _goal_first(moves_since(viewer, plan.patient, since=since, now=now), plan)
    changes = differences(bodies[min(bodies)], body)
    limits = in_force(plan.patient, today=today)
    visits = list(
        Appointment.objects.filter(
            patient=plan.patient, state="booked", starts_at__gt=now, starts_at__lt=now + AHEAD
        )
        .select_related("visit_type")
        .order_by("starts_at")[:MOST_VISITS]
    )
    therapy = body.therapy
    sources = Sources(
        measured=[move.words for move in moves],
        changes=[change for change in changes if change.part != "Restrictions"],
        begins=[
            " ".join(w for w in (row.name, row.dose) if w)
            for row in beginning(therapy, started_on=plan.started_on, today=today)
        ],
        goes_on=therapy.emphasis,
        limits=[f"{row.sentence} {ends(limit_of(row))}" for row in limits],
        visits=[
            f"{row.visit_type.words} {short(row.starts_at.astimezone(ZoneInfo(plan.clinic.zone)))}"
            for row in visits
        ],
        call=therapy.call,
        stop=therapy.stop,
    )
    return Ground(last, moves, changes, limits, visits, draft(sources))


def short(at: dt.datetime) -> str:
    """“Mon 23 Nov 09:00”: within the coming week."""
    return f"{at:%a} {at.day} {at:%b %H:%M}"


def _bodies(plan: CarePlan, last: Update | None) -> dict[int, PlanBody]:
    """The version of the last update and the newest; before the first update, the one that stood
    at the end of the plan’s first day."""
    rows = PlanVersion.objects.filter(plan=plan)
    before = (
        rows.filter(number=last.plan_number) if last else rows.filter(made_at__lt=first_night(plan))
    )
    seen = before.order_by("-number").values("number")[:1]
    found = rows.filter(Q(number__in=seen) | Q(number=plan.head)).values_list("number", "body")
    return {number: PlanBody.model_validate(body) for number, body in found}


def first_night(plan: CarePlan) -> dt.datetime:
    """When the plan’s first day ends: what stood by then is its beginning."""
    day = plan.started_on + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(plan.clinic.zone))


def _goal_first(moves: list[Move], plan: CarePlan) -> list[Move]:
    def is_goal(move: Move) -> bool:
        return move.key.metric == plan.goal_metric and move.key.side == plan.goal_side

    return sorted(moves, key=lambda move: not is_goal(move))


# --- whom it reaches ------------------------------------------------------------------------------


def reached_by(plan: CarePlan, viewer: User, *, now: dt.datetime) -> list[User]:
    """Who can be sent an update: the clinicians on the care team, and the physician who made the
    newest of the physicians’ versions while they may know of the patient."""
    people = team_that_reads(plan, now=now)
    author = newest_physician(plan)
    if author and author not in people and may_know(author, plan.patient, now=now):
        people.append(author)
    return [user for user in people if user.pk != viewer.pk]


def newest_physician(plan: CarePlan) -> User | None:
    """The physician who wrote on the plan last."""
    row = (
        PlanVersion.objects.filter(
            plan=plan, made_by__roles__contains=[Role.PHYSICIAN], made_by__is_active=True
        )
        .select_related("made_by")
        .order_by("-number")
        .first()
    )
    return row.made_by if row else None


def referrers(people: Sequence[User]) -> list[User]:
    """Of those it can reach, whom it goes to unless the writer says otherwise: the physicians."""
    return [user for user in people if Role.PHYSICIAN in user.roles]


# --- those that were sent -------------------------------------------------------------------------


def updates_of(plan: CarePlan) -> QuerySet[Update]:
    """Newest first, with who got and saw each."""
    seen = Prefetch(
        "message__recipients",
        Recipient.objects.select_related("user").order_by("user__full_name"),
    )
    rows = Update.objects.filter(plan=plan).select_related("by", "message").prefetch_related(seen)
    return rows.order_by("-at", "-pk")


def newest_update(plan: CarePlan) -> Update | None:
    return updates_of(plan).first()


def updates_page(
    plan: CarePlan, *, before: tuple[dt.datetime, uuid.UUID] | None = None
) -> list[Update]:
    """A page; `before` = the key of the last one shown. One more row than a page says: there are
    older ones."""
    rows = updates_of(plan)
    if before:
        rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], pk__lt=before[1]))
    return list(rows[: PAGE + 1])


def unsent(viewer: User, plan: CarePlan) -> dict[str, tuple[str, dt.datetime]]:
    """What one typed and has not sent yet, and when: by element."""
    places = {f"update:{plan.pk}:{name}": name for name in LABELS}
    rows = drafts_of(viewer).filter(place__in=places)
    found = rows.values_list("place", "text", "saved_at")
    return {places[place]: (text, at) for place, text, at in found}


# --- sessions -------------------------------------------------------------------------------------


def done_sessions(plan: CarePlan) -> list[Appointment]:
    """The PT visits of a plan that took place, in order."""
    zone = ZoneInfo(plan.clinic.zone)
    begin = dt.datetime.combine(plan.started_on, dt.time(), tzinfo=zone)
    rows = standing_visits(plan).filter(
        unsaid=False,
        state=Appointment.State.DONE,
        visit_type__kind__in=PT_KINDS,
        starts_at__gte=begin,
    )
    return list(rows.order_by("starts_at", "pk"))
