"""How the system is, for a manager: loops, queue, backups, the audit chain, the disk."""

import datetime as dt
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from config.retention import due
from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.documents.rules import LARGEST
from core.documents.scanners import NONE
from core.documents.selectors import waiting_since
from core.events.models import Heartbeat
from core.events.selectors import LOOPS, failing, late_loops
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.services.holds import lift_hold, place_hold
from messaging.models import Delivery

BACKUP_LATE = dt.timedelta(hours=26)  # nightly, and two hours for a slow one
CHECK_LATE = dt.timedelta(hours=26)  # after each backup
CHECKED_LATE = dt.timedelta(minutes=10)  # ten ticks and more
DISK_LOW = 0.10
NO_MORE = 2 * LARGEST  # bytes: a file as it came, and clean


@dataclass(frozen=True)
class Line:
    """One thing that is well or not, in words; `ok` None = not known yet."""

    what: str
    says: str
    ok: bool | None
    since: dt.datetime | None = None


@requires(Perm.HEALTH_VIEW)
@require_GET
def system(request: StaffRequest) -> HttpResponse:
    at = now()
    # Counted when asked for: it reads every table that is purged.
    counted = sorted(due(now=at).items()) if "count" in request.GET else None
    context = {"lines": lines(at), "due": counted}
    return render(request, "home/system.html", context)


def lines(at: dt.datetime) -> list[Line]:
    beats = dict(Heartbeat.objects.values_list("loop", "beat_at"))
    late = late_loops(now=at)
    found = [
        Line(
            f"Background work: {words}",
            "stands still" if loop in late else "runs",
            loop not in late,
            beats.get(loop),
        )
        for loop, words in LOOPS.items()
    ]
    return [
        *found,
        events_line(),
        *queue(at),
        backup_line(beats, at),
        check_line(at),
        scanner(at),
        disk(),
    ]


def events_line() -> Line:
    stuck = failing()
    if not stuck:
        return Line("Events that fail", "none", ok=True)
    names = ", ".join(sorted({event.name for event in stuck}))
    return Line(
        "Events that fail",
        f"{len(stuck)} are tried again every hour ({names}): tell your technical contact",
        ok=False,
        since=stuck[0].happened_at,
    )


def queue(at: dt.datetime) -> list[Line]:
    oldest = Delivery.objects.filter(state="pending").aggregate(at=Min("created_at"))["at"]
    waiting = at - oldest if oldest else dt.timedelta()
    trouble = Delivery.objects.filter(state__in=["uncertain", "dead", "held"]).count()
    return [
        Line(
            "Oldest message waiting",
            "none waits" if oldest is None else "waits",
            waiting < dt.timedelta(minutes=15),
            oldest,
        ),
        Line(
            "Messages to look after",
            f"{trouble} uncertain, not delivered or held back" if trouble else "none",
            trouble == 0,
        ),
    ]


def backup_line(beats: dict[str, dt.datetime], at: dt.datetime) -> Line:
    made = beats.get("backup")
    if made is None:
        return Line("Last backup", "none was made yet", None)
    return Line("Last backup", "made", at - made <= BACKUP_LATE, made)


def check_line(at: dt.datetime) -> Line:
    """What the last check said; a check that failed is not excused by an older good one."""
    checks = AuditEvent.objects.filter(actor__isnull=True, action="verify", at__lte=at)
    last = checks.order_by("-at").first()
    if last is None:
        return Line("Audit chain", "was not checked yet", None)
    if last.reason != "whole":
        says = "NOT WHOLE: see the runbook in docs/security.md"
        return Line("Audit chain", says, ok=False, since=last.at)
    return Line("Audit chain", "last found whole", at - last.at <= CHECK_LATE, last.at)


def scanner(at: dt.datetime) -> Line:
    """Whether uploaded files are scanned, and how many wait for it longer than they should."""
    count, since = waiting_since()
    if since and at - since > CHECKED_LATE:
        waits = f"{count} document{'s' if count > 1 else ''} not checked yet"
        return Line("Virus scanner", f"{waits}: it may not answer", ok=False, since=since)
    if settings.DOCUMENT_SCANNER == NONE:
        return Line("Virus scanner", "this clinic works without one (DOCUMENT_SCANNER=none)", None)
    return Line("Virus scanner", "nothing waits for it", ok=True)


def disk() -> Line:
    root = Path(settings.MEDIA_ROOT)
    usage = shutil.disk_usage(next(p for p in (root, *root.parents) if p.exists()))
    free = usage.free / usage.total
    if usage.free < NO_MORE:
        return Line("Disk for documents", "FULL: no document can be filed", ok=False)
    return Line("Disk for documents", f"{free:.0%} free", free > DISK_LOW)


@requires(Perm.LEGAL_HOLD)
@require_http_methods(["GET", "POST"])
def legal_hold(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Place or lift a chart's legal hold; what was decided before stays listed."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    problem = ""
    if request.method == "POST":
        change = lift_hold if "lift" in request.POST else place_hold
        try:
            change(patient=patient, reason=request.POST.get("reason", ""), by=request.user, now=at)
        except Refused as refusal:
            problem = str(refusal)
        else:
            done = "The hold is lifted." if "lift" in request.POST else "The chart is on hold."
            messages.success(request, done)
            return redirect("home:legal_hold", patient.pk)
    holds = list(
        patient.legal_holds.select_related("placed_by", "lifted_by").order_by("-placed_at")
    )
    context = {
        "patient": patient,
        "holds": holds,
        "stands": any(h.lifted_at is None for h in holds),
        "reason": request.POST.get("reason", ""),
        "problem": problem,
    }
    return render(request, "home/legal_hold.html", context, status=422 if problem else 200)
