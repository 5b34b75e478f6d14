"""Doors of one card of a first visit: shown, saved as it was typed, answered piece by piece."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Conflict, NotFound, Refused
from core.lib.forms import version_of
from core.people.http import StaffRequest
from outcomes.posted import problems_of
from rehab.models import FirstVisit
from rehab.part_views import began_with
from rehab.selectors import visits as selectors
from rehab.selectors.fetching import row_for
from rehab.selectors.visits import VisitPage, visit_page
from rehab.services.visit_refusals import settle_card
from rehab.services.visits import save_visit
from rehab.visit_amount_rules import row_of
from rehab.visit_body import BLOCKS, SECTIONS, lines_of
from rehab.visit_forms import (
    SectionForm,
    blockers,
    columns_for,
    line_in,
    read_section,
    texts_in,
)
from rehab.visit_rules import taken_up

OPEN = FirstVisit.State.OPEN
REST = "What else stands in the card is saved."
BY_LINE = {*BLOCKS, "limits"}  # cards of lines: one that cannot be read keeps no other from it
SHUT = ("work", "prior_care")  # cards that are read until somebody wants to write in them


def frame(request: StaffRequest, page: VisitPage) -> dict[str, Any]:
    return {
        "patient": page.visit.patient,
        "tab": "first_visit",
        "visit": page.visit,
        "page": page,
        "titles": SECTIONS,
        "background": selectors.background_of(request.user, page.visit.patient),
        "deficit_url": deficit_url(page),
    }


def deficit_url(page: VisitPage) -> str:
    """Where a new loss of strength is noted, so that surgery is weighed at once; "" without."""
    lost = any(one.kind == "motor" for one in page.deficits)
    plan = selectors.plan_of(page.visit) if lost else None
    return reverse("rehab:deficit", args=[plan.pk]) if plan else ""


def form_of(page: VisitPage, section: str, *, more: bool = False, note: str = "") -> SectionForm:
    """A card as it is saved."""
    columns = columns_for(page.body, section, page.lanes)
    texts = texts_in(page.body, section, columns)
    return SectionForm(
        section, SECTIONS[section], page.visit.version, texts, columns, note=note, more=more
    )


def form_page(
    request: StaffRequest,
    page: VisitPage,
    typed: SectionForm | None = None,
    *,
    undiscarded: str = "",
    status: int = 200,
) -> HttpResponse:
    """All cards; `typed`: the one that was refused, as it was typed. `undiscarded`: why the visit
    was not discarded."""
    more = request.GET.get("more", "")
    cards = [*page.blocks(), *(key for key in SECTIONS if key not in BLOCKS)]
    forms = {key: form_of(page, key, more=key == more) for key in cards}
    for key in SHUT:
        forms[key] = replace(forms[key], shut=key != more)
    if typed is not None:
        forms[typed.section] = typed
    context = frame(request, page) | {
        "forms": forms,
        "undiscarded": undiscarded,
        "reason": request.POST.get("reason", ""),
        "blockers": blockers(),
        "may_call": request.user.may(Perm.CALL_TAKE),
    }
    return render(request, "rehab/visit.html", context, status=status)


@requires(Perm.VISIT_WRITE)
@require_http_methods(["GET", "POST"])
def visit_section(request: StaffRequest, pk: uuid.UUID, section: str) -> HttpResponse:
    """One card: asked for with the tests of other regions, or saved as it was typed."""
    at = now()
    visit = row_for(FirstVisit, request.user, pk, now=at)
    if section not in SECTIONS:
        raise NotFound("The first visit has no such part.")
    if request.method == "POST":
        return kept(visit_page(visit, now=at), request, section, at=at)
    if request.htmx and visit.state == OPEN:
        page = visit_page(visit, now=at)
        return card(request, page, form_of(page, section, more=True))
    return redirect("rehab:first_visit", pk)


def kept(page: VisitPage, request: StaffRequest, section: str, *, at: dt.datetime) -> HttpResponse:
    """The card as it was saved, or as it was typed with what to do."""
    visit, more = page.visit, "more" in request.POST
    version = version_of(request)
    base = began_with(request.POST.get("was_head", "")) or version
    typed = read_section(section, request.POST, page.exam, page.metrics, page.lanes)
    columns = columns_for(page.body, section, page.lanes)
    form = SectionForm(section, SECTIONS[section], base, typed.texts, columns, more=more)
    if typed.problems and section not in BY_LINE:
        return answer(request, page, replace(form, problems=typed.problems))
    values = {name: v for name, v in typed.values.items() if name not in typed.problems}
    if section == "hypotheses" and (lane := request.POST.get("take", "")):
        values["rows"] = taken_up(values["rows"], lane, visit.episode.side, page.lanes)
    try:
        saved = save_visit(
            visit=visit,
            section=section,
            values=values,
            base=base,
            seen=began_with(request.POST.get("seen", "")) or version,
            by=request.user,
            now=at,
            fill="fill" in request.POST and not typed.problems,
            partly=section in BY_LINE,
        )
    except Conflict as conflict:
        problems = {"": str(conflict)}
        settle_card(visit=visit, section=section, problems=problems, by=request.user, now=at)
        if request.htmx:
            return clash(request, section, conflict)
        raise
    except Refused as refusal:
        if visit.state != OPEN:
            raise
        return answer(request, page, replace(form, problems=named(page, problems_of(refusal))))
    note = "Saved."
    if "fill" in request.POST:
        note = f"Saved. {saved.filled} filled in as normal; what was answered stays."
    page = visit_page(saved.visit, now=at)
    form = form_of(page, section, more=more, note=note)
    if problems := named(page, {**typed.problems, **saved.problems}):
        again = {
            name: text for name, text in typed.texts.items() if line_in(name) in lines_of(problems)
        }
        form = replace(form, texts={**form.texts, **again}, problems=problems, note=REST)
    return answer(request, page, form, met=saved.met)


def named(page: VisitPage, problems: Mapping[str, str]) -> dict[str, str]:
    """Each sentence with the name of its line, where it is about one of the limits."""
    rows = {key: row_of(key.partition(":")[0], page.exam, page.metrics) for key in problems}
    return {
        key: f"{row.label}: {words}" if (row := rows[key]) else words
        for key, words in problems.items()
    }


def answer(
    request: StaffRequest, page: VisitPage, form: SectionForm, *, met: bool = False
) -> HttpResponse:
    """To htmx the pieces that changed; else the whole page, or the way back to the card.

    `met`: a colleague's answers are among what was saved, so the card is shown with them.
    """
    settle_card(
        visit=page.visit, section=form.section, problems=form.problems, by=request.user, now=now()
    )
    if not request.htmx:
        if form.problems:
            return form_page(request, page, form, status=422)
        messages.success(request, form.note)
        more = f"?more={form.section}" if form.more else ""
        response = redirect("rehab:first_visit", page.visit.pk)
        response["Location"] += f"{more}#section-{form.section}"
        return response
    # A card that was refused or just saved stays as it is: who types on loses no letter.
    rows = not form.is_exam and request.POST.get("more", "1") != "1"
    whole = met or (not form.problems and (rows or bool({"fill", "take"} & set(request.POST))))
    return card(request, page, form, whole=whole, status=422 if form.problems else 200)


def card(
    request: StaffRequest,
    page: VisitPage,
    form: SectionForm,
    *,
    whole: bool = True,
    status: int = 200,
) -> HttpResponse:
    """`whole`: the card anew; else only its version, its note and what follows from it, so that
    whoever types on is not disturbed."""
    context = frame(request, page) | {
        "form": form,
        "whole": whole,
        "blockers": blockers(),
        "may_call": request.user.may(Perm.CALL_TAKE),
    }
    return render(request, "rehab/_visit_saved.html", context, status=status)


def clash(request: StaffRequest, section: str, conflict: Conflict) -> HttpResponse:
    """Both texts; the card goes on from what it showed, until “Save mine” is pressed."""
    context = {
        "title": SECTIONS[section],
        "section": section,
        "version": conflict.version,
        "versions": conflict.versions,
        "sentence": str(conflict),
    }
    return render(request, "rehab/_visit_clash.html", context, status=409)
