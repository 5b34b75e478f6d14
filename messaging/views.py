"""Doors of the worklist, inbox and threads. One service call each."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import key_of, version_of
from core.lib.instants import read_local
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.models import Patient
from core.work.selectors import draft_text
from messaging.selectors import inbox as inbox_rows
from messaging.selectors.worklist import item_for, reason_for
from messaging.services import threads, work
from messaging.worklist import WORKLIST


def back_to(request: StaffRequest) -> str:
    """The list the person came from, if it is ours."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if ours and target.startswith("/") else reverse("home:today")


def key_from(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """`<instant>_<id>` of the last row shown; anything else starts from the top."""
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        instant = dt.datetime.fromisoformat(at)
        return (instant, uuid.UUID(pk)) if timezone.is_aware(instant) else None
    except ValueError:
        return None


@requires(Perm.WORK_VIEW)
@require_POST
def close_item(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    item = item_for(request.user, pk, now=at)
    work.close_by_hand(
        item=item,
        by=request.user,
        now=at,
        reason=request.POST.get("reason", ""),
        version=version_of(request),
    )
    messages.success(
        request, "Done.", extra_tags=f"undo:{reverse('messaging:undo_close', args=[pk])}"
    )
    return redirect(back_to(request))


@requires(Perm.WORK_VIEW)
@require_POST
def undo_close(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    item = item_for(request.user, pk, now=at)
    work.undo_close(item=item, by=request.user, now=at)
    messages.success(request, "It is open again.")
    return redirect(back_to(request))


@requires(Perm.WORK_VIEW)
@require_POST
def hand_back(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    item = item_for(request.user, pk, now=at)
    work.hand_back(item=item, by=request.user, now=at)
    messages.success(request, "Handed back to the team.")
    return redirect(back_to(request))


@requires(Perm.WORK_VIEW)
@require_POST
def plan_item(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Whose move it is, what next and when."""
    at = now()
    item = item_for(request.user, pk, now=at)
    work.plan_next(
        item=item,
        by=request.user,
        now=at,
        next_action=request.POST.get("next_action", "") or item.next_action,
        next_action_at=read_local(request.POST.get("next_action_at", ""), now=at),
        waiting_on=request.POST.get("waiting_on", ""),
        version=version_of(request),
    )
    messages.success(request, "The next step is planned.")
    return redirect(back_to(request))


@requires(Perm.WORK_VIEW)
@require_GET
def item_page(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One work item: its reason, clock and what can be done with it."""
    at = now()
    item = item_for(request.user, pk, now=at)
    return render(
        request,
        "messaging/item.html",
        {
            "item": item,
            "reason": reason_for(
                request.user, kind=item.kind, reason=item.reason, owner_id=item.owner_id
            ),
            "rungs": item.rungs.order_by("at"),
            "kind": WORKLIST[item.kind],
        },
    )


@requires(Perm.HOME_VIEW)
@require_GET
def inbox(request: StaffRequest) -> HttpResponse:
    at = now()
    rows = inbox_rows.inbox(request.user, now=at)
    patients = {r.message.thread.patient_id for r in rows if r.message.thread.patient_id}
    record_list(
        by=request.user, action="list", object_kind="inbox", patient_ids=sorted(patients), now=at
    )
    return render(request, "messaging/inbox.html", {"rows": rows})


@requires(Perm.HOME_VIEW)
@require_GET
def inbox_row(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    row = inbox_rows.recipient_for(request.user, pk, now=now())
    return redirect("messaging:thread", row.message.thread_id)


@requires(Perm.HOME_VIEW)
@require_GET
def thread(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return thread_page(request, pk)


def thread_page(
    request: StaffRequest, pk: uuid.UUID, *, problem: str = "", status: int = 200
) -> HttpResponse:
    at = now()
    row = inbox_rows.thread_for(request.user, pk, now=at)
    shown = inbox_rows.messages_of(row)
    return render(
        request,
        "messaging/thread.html",
        {
            "thread": row,
            "unread": any(r.read_at is None for r in inbox_rows.receipts_of(request.user, shown)),
            "thread_messages": shown,
            "colleagues": inbox_rows.colleagues(request.user, row.patient, now=at),
            "chosen": request.POST.getlist("to"),
            "body": request.POST.get("body") or draft_text(request.user, f"thread:{row.pk}"),
            "problem": problem,
        },
        status=status,
    )


@requires(Perm.HOME_VIEW)
@require_POST
def read(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Posted by the page once a person has it open: a GET or a prefetch marks nothing."""
    at = now()
    row = inbox_rows.thread_for(request.user, pk, now=at)
    threads.mark_read(thread=row, by=request.user, now=at)
    if not request.htmx:
        return redirect("messaging:thread", row.pk)
    return render(request, "_marked.html", {"words": "Marked as read at", "at": at})


def chosen_people(request: StaffRequest, patient: Patient | None, at: dt.datetime) -> list[User]:
    return inbox_rows.chosen(request.user, patient, request.POST.getlist("to"), now=at)


@requires(Perm.THREAD_WRITE)
@require_POST
def reply(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer in a thread; what was typed stays when something is missing."""
    at = now()
    row = inbox_rows.thread_for(request.user, pk, now=at)
    try:
        to = chosen_people(request, row.patient, at)
        threads.check_recipients(row.patient, to, request.user, at)
        threads.post(
            thread=row,
            body=request.POST.get("body", ""),
            to=to,
            by=request.user,
            now=at,
            dedupe_key=f"form:{request.user.pk}:{key_of(request)}",
            asks="asks" in request.POST,
        )
    except Refused as refusal:
        return thread_page(request, pk, problem=str(refusal), status=422)
    messages.success(request, "Sent.")
    return redirect("messaging:thread", row.pk)


@requires(Perm.THREAD_WRITE)
@require_http_methods(["GET", "POST"])
def new_thread(request: StaffRequest, patient_pk: uuid.UUID) -> HttpResponse:
    """A new message about a patient."""
    at = now()
    patient = patient_for(request.user, patient_pk, now=at)
    problem = ""
    if request.method == "POST":
        try:
            row = threads.start_thread(
                clinic=patient.clinic,
                patient=patient,
                title=request.POST.get("title", ""),
                body=request.POST.get("body", ""),
                to=chosen_people(request, patient, at),
                by=request.user,
                now=at,
                dedupe_key=f"form:{request.user.pk}:{key_of(request)}",
                asks="asks" in request.POST,
            )
            messages.success(request, "Sent.")
            return redirect("messaging:thread", row.pk)
        except Refused as refusal:
            problem = str(refusal)
    return render(
        request,
        "messaging/new_thread.html",
        {
            "patient": patient,
            "colleagues": inbox_rows.colleagues(request.user, patient, now=at),
            "title": request.POST.get("title", ""),
            "body": request.POST.get("body")
            or draft_text(request.user, f"thread:new:{patient.pk}"),
            "chosen": request.POST.getlist("to"),
            "problem": problem,
        },
        status=422 if problem else 200,
    )


@requires(Perm.HOME_VIEW)
@require_POST
def acknowledge(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """“I have it.” for one message; `pk` = one's own inbox row."""
    at = now()
    row = inbox_rows.recipient_for(request.user, pk, now=at)
    threads.acknowledge(message=row.message, by=request.user, now=at)
    return redirect("messaging:thread", row.message.thread_id)
