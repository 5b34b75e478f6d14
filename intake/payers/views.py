"""Payers and what they ask for: the list, a class, a payer of the clinic's own list."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.forms import version_of
from core.people.dates import today_at
from core.people.http import StaffRequest, working_clinic
from core.people.models import Payer, PayerClass
from core.people.payers import payer_for
from core.people.services import payers as service
from core.people.services.payers import KnownPayer, PayerFacts, facts_of
from intake.payers import selectors
from intake.payers.services import mark_checked

CLASSES = selectors.CLASSES
CLOCKS = {"decision", "peer_to_peer", "appeal", "estimate"}
TEXTS = ("name", "payer_class", "phone", "fax", "portal", "code", "note")


@requires(Perm.LIBRARY_VIEW)
@require_GET
def payers(request: StaffRequest) -> HttpResponse:
    """The classes with their rules in numbers, and the clinic's payers under their class."""
    at = now()
    day = today_at(working_clinic(request).zone, now=at)
    asked = {name: request.GET.get(name, "").strip()[:40] for name in ("class", "service")}
    services = selectors.services_on(day)
    rows = selectors.class_rows(
        request.user,
        now=at,
        day=day,
        payer_class=asked["class"] if asked["class"] in CLASSES else "",
        service=asked["service"] if asked["service"] in services else "",
    )
    context = {
        "rows": rows,
        "asked": asked,
        "classes": PayerClass.choices,
        "services": list(services.items()),
        "version": selectors.version_on(day),
        "may_edit": request.user.may(Perm.PAYER_EDIT),
    }
    return render(request, "intake/payers.html", context)


@requires(Perm.LIBRARY_VIEW)
@require_GET
def payer_class(request: StaffRequest, payer_class: str) -> HttpResponse:
    """Every rule of one class. It never says that a service is covered."""
    if payer_class not in CLASSES:
        raise NotFound("There is no such class of payers.")
    return rules_page(request, payer_class, heading=CLASSES[payer_class], payer=None)


@requires(Perm.LIBRARY_VIEW)
@require_GET
def payer(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return payer_page(request, payer_for(request.user, pk, now=now()))


def payer_page(request: StaffRequest, row: Payer, **more: Any) -> HttpResponse:
    """One payer; `more`: typed, shown, problem and known of a form that came back."""
    saved = facts_of(row)
    form = {"typed": saved, "shown": saved, "problem": "", "known": None} | more
    return rules_page(request, row.payer_class, heading=row.name, payer=row, **form)


def rules_page(
    request: StaffRequest, payer_class: str, *, heading: str, payer: Payer | None, **more: Any
) -> HttpResponse:
    day = today_at(working_clinic(request).zone, now=now())
    services = selectors.services_on(day)
    asked = request.GET.get("service", "")
    asked = asked if asked in services else ""
    groups = selectors.rules_of(payer_class, on=day, payer=payer)
    protocol = selectors.protocol_on(day)
    context = {
        "heading": heading,
        "payer": payer,
        "payer_class": payer_class,
        "class_label": CLASSES[payer_class],
        "classes": PayerClass.choices,
        # One service at a time, or all clocks: every rule at once is more than anybody reads.
        "groups": [g for g in groups if g.service == asked or (not asked and g.service in CLOCKS)],
        "others": [g for g in groups if g.service not in CLOCKS],
        "asked": asked,
        "events": protocol.events if protocol else {},
        "version": selectors.version_on(day),
        "today": day,
        "may_edit": request.user.may(Perm.PAYER_EDIT),
        "problem": "",
    }
    return render(
        request,
        "intake/payer.html",
        context | more,
        status=422 if more.get("problem") else 200,
    )


@requires(Perm.PAYER_EDIT)
@require_POST
def checked(request: StaffRequest, payer_class: str) -> HttpResponse:
    asked = request.POST.get("service", "")[:40]
    count = mark_checked(
        clinic=working_clinic(request),
        payer_class=payer_class,
        service=asked,
        shown=request.POST.get("shown", ""),
        by=request.user,
        now=now(),
    )
    messages.success(request, f"{count} rules are marked as checked today, in your name.")
    return redirect("intake:payer_class", payer_class)


def facts_in(request: StaffRequest, prefix: str = "") -> PayerFacts:
    """What the form says; with “was_” what stood in it when it was shown."""
    said = {name: request.POST.get(prefix + name, "").strip()[:600] for name in TEXTS}
    return PayerFacts(**said, active=request.POST.get(f"{prefix}active") == "yes")


@requires(Perm.PAYER_EDIT)
@require_http_methods(["GET", "POST"])
def add_payer(request: StaffRequest) -> HttpResponse:
    typed = PayerFacts("", request.GET.get("class", ""))
    problem, known = "", None
    if request.method == "POST":
        typed = facts_in(request)
        try:
            row = service.add_payer(
                clinic=working_clinic(request), wanted=typed, by=request.user, now=now()
            )
            messages.success(request, "The payer is on the clinic’s list.")
            return redirect("intake:payer", row.pk)
        except KnownPayer as refusal:
            problem, known = str(refusal), refusal.payer
        except Refused as refusal:
            problem = str(refusal)
    context = {"typed": typed, "problem": problem, "known": known, "classes": PayerClass.choices}
    return render(request, "intake/payer_new.html", context, status=422 if problem else 200)


@requires(Perm.PAYER_EDIT)
@require_POST
def change_payer(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    row = payer_for(request.user, pk, now=at)
    typed, shown = facts_in(request), facts_in(request, "was_")
    try:
        service.change_payer(
            payer=row,
            wanted=typed,
            shown=shown,
            version=version_of(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        known = refusal.payer if isinstance(refusal, KnownPayer) else None
        return payer_page(request, row, typed=typed, shown=shown, problem=str(refusal), known=known)
    messages.success(request, "Saved.")
    return redirect("intake:payer", pk)
