"""Whose rows of the trail a manager reads, narrowed as the address says, in words and as a file."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.db.models import Count, DateField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils import timezone

from config.home import audit_words
from core.accounts.models import User
from core.audit.models import NOTABLE, AuditEvent
from core.audit.selectors import ORDERS, Asked, looks_for_file
from core.people.access import as_uuid, visible_to
from core.people.http import StaffRequest
from core.people.models import Patient, StaffMember
from core.people.related import charts_of
from core.people.staff import own_posts

Rows = QuerySet[AuditEvent]
LATELY = dt.timedelta(days=30)


@dataclass(frozen=True)
class Filters:
    """What stands in the address: days, codes and ids, never a name."""

    since: str = ""
    until: str = ""
    person: str = ""
    action: str = ""
    outcome: str = ""
    order: str = "newest"

    def address(self, **more: object) -> str:
        chosen = {k: v for k, v in (asdict(self) | more).items() if v and v != "newest"}
        return f"?{urlencode(chosen)}"


def filters_of(request: StaffRequest) -> tuple[Filters, Asked]:
    """As asked for; what cannot be read is left out, and the page shows that it is."""
    sent = request.POST if request.method == "POST" else request.GET
    since, until = day(sent.get("since", "")), day(sent.get("until", ""))
    person = as_uuid(sent.get("person", ""))
    outcome = sent.get("outcome", "")
    outcome = outcome if outcome in AuditEvent.Outcome.values else ""
    action, order = sent.get("action", "")[:60], sent.get("order", "")
    shown = Filters(
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        person=str(person or ""),
        action=action,
        outcome=outcome,
        order=order if order in ORDERS else "newest",
    )
    asked = Asked(
        since=midnight(since) if since else None,
        before=midnight(until + dt.timedelta(days=1)) if until else None,
        person=person,
        action=action,
        outcome=outcome,
    )
    return shown, asked


def day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def midnight(on: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(on, dt.time()))


# --- whose rows ---------------------------------------------------------------------------------
def of_patient(patient: Patient) -> Rows:
    """What was done about a chart and those merged into it, and who was turned away from them."""
    charts = charts_of(patient.pk)
    turned_away = Q(object_kind="patient", object_id__in=map(str, charts), outcome="refused")
    return AuditEvent.objects.filter(Q(patient_id__in=charts) | turned_away)


def may_be_shown(viewer: User, at: dt.datetime) -> Q:
    """Nothing about a patient of another clinic, although the person works there too."""
    return Q(patient_id__isnull=True) | Q(patient_id__in=visible_to(viewer, now=at).values("pk"))


def ours_then(viewer: User, at: dt.datetime) -> Q:
    """Whoever did it worked for the viewer's clinic that day; or had before, and worked for none.

    What somebody does at the clinic they went to is for the managers there.
    """
    on = Cast(Func(F("clinic__zone"), OuterRef("at"), function="timezone"), DateField())
    begun = StaffMember.objects.filter(user=OuterRef("actor"), from_on__lte=on)
    here = begun.filter(clinic__in=own_posts(viewer, now=at).values("clinic_id"))
    that_day = Q(to_on__isnull=True) | Q(to_on__gte=on)
    nowhere = Q(Exists(here)) & ~Q(Exists(begun.filter(that_day)))
    return Q(Exists(here.filter(that_day))) | nowhere


def of_person(viewer: User, person: User, at: dt.datetime) -> Rows:
    shown = may_be_shown(viewer, at)
    if person.pk != viewer.pk:
        shown &= Q(patient_id__isnull=False) | ours_then(viewer, at)
    return AuditEvent.objects.filter(shown, actor=person)


def worth_a_look(viewer: User, at: dt.datetime) -> Rows:
    """Refusals, emergency access and exports of the last 30 days at the viewer's clinics."""
    ours = Q(patient_id__in=visible_to(viewer, now=at).values("pk"))
    ours |= Q(patient_id__isnull=True) & ours_then(viewer, at)
    return AuditEvent.objects.filter(NOTABLE, ours, at__gt=at - LATELY)


# --- in words ------------------------------------------------------------------------------------
def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def chart_sentence(lately: Rows) -> str:
    found = lately.aggregate(
        people=Count("actor", distinct=True, filter=Q(outcome="done")),
        emergencies=Count("grant_id", distinct=True),
        refused=Count("pk", filter=Q(outcome="refused")),
    )
    words = [counted(found["people"], "person", "people") + " looked at this chart in 30 days"]
    if found["emergencies"]:
        words.append(counted(found["emergencies"], "emergency access", "emergency accesses"))
    if found["refused"]:
        words.append(counted(found["refused"], "try was", "tries were") + " refused")
    return "; ".join(words) + "."


def person_sentence(lately: Rows, person: User) -> str:
    found = lately.aggregate(
        charts=Count("patient_id", distinct=True, filter=Q(outcome="done")),
        files=Count("pk", filter=Q(action="export", outcome="done")),
        refused=Count("pk", filter=Q(outcome="refused")),
    )
    charts = counted(found["charts"], "chart", "charts")
    words = [f"{person.full_name} saw something of {charts} in 30 days"]
    if found["files"]:
        words.append(counted(found["files"], "file was", "files were") + " exported")
    if found["refused"]:
        words.append(counted(found["refused"], "try was", "tries were") + " refused")
    return "; ".join(words) + "."


# --- as a file ----------------------------------------------------------------------------------
HEADER = ("At (UTC)", "Who", "Roles", "Did", "What", "MRN", "Outcome", "Reason",
          "Under emergency access", "From address", "Request")  # fmt: skip


def file_rows(rows: Rows, clinical: bool) -> Iterator[tuple[object, ...]]:  # noqa: FBT001 - one fact about the viewer
    mrn = Subquery(Patient.objects.filter(pk=OuterRef("patient_id")).values("mrn"))
    for row in looks_for_file(rows, mrn=mrn):
        yield (
            row["at"],
            row["who"] or "System or stranger",
            ", ".join(row["actor_roles"]),
            audit_words.action_words(row["action"]),
            audit_words.object_words(row),
            row["mrn"] or "",
            row["outcome"],
            audit_words.reason_for(clinical, row["object_kind"], row["reason"]),
            row["grant_id"] is not None,
            row["source_ip"] or "",
            row["request_id"],
        )
