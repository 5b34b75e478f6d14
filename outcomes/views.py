"""Doors of the ledger: a patient's series, one value more, one series, one value marked wrong."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.models import Patient
from outcomes import selectors
from outcomes.models import Measurement
from outcomes.posted import (
    Typed,
    circumstances_in,
    entry_in,
    instant_and_id,
    problems_of,
    saved_words,
    typed_in,
)
from outcomes.services.measures import mark_in_error, record_measurement


@requires(Perm.CHART_VIEW)
@require_GET
def measures(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """Every series of a patient in one line, with the form for its next value."""
    at = now()
    patient = patient_for(request.user, pk, now=at)
    if wanted := request.GET.get("add"):
        chosen = selectors.metrics_at(at, patient.clinic).by_id.get(wanted)
        if chosen and chosen.is_survey:  # has a page of its own
            return redirect("outcomes:survey", patient.pk, chosen.id)
    return measures_page(request, patient, at, Typed())


def measures_page(
    request: StaffRequest, patient: Patient, at: dt.datetime, typed: Typed
) -> HttpResponse:
    protocol = selectors.metrics_at(at, patient.clinic)
    lines = selectors.lines_of(request.user, patient, now=at, protocol=protocol)
    chosen = typed.values.get("metric", "") if typed.slot == "new" else request.GET.get("add", "")
    metric = protocol.by_id.get(chosen)
    forms = {line.slot for line in lines} | ({"new"} if metric else set())
    return render(
        request,
        "outcomes/measures.html",
        {
            "homeless": "" if typed.slot in forms else " ".join(typed.problems.values()),
            "patient": patient,
            "tab": "measures",
            "lines": lines,
            "wrong": selectors.marked_wrong(request.user, patient, now=at),
            "protocol": protocol,
            "chosen": metric,
            "may_write": request.user.may(Perm.MEASURE_WRITE),
            "people": selectors.measurers_of(patient, now=at),
            "problems_cared_for": selectors.episodes_of(patient),
            "typed": typed,
        },
        status=422 if typed.problems else 200,
    )


@requires(Perm.MEASURE_WRITE)
@require_POST
def add(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """One value; a refused one is shown again beside its series."""
    at = now()
    patient = patient_for(request.user, pk, now=at, action="measure")
    try:
        about = circumstances_in(request, request.user, patient, now=at)
        saved = record_measurement(
            patient=patient,
            metric=request.POST.get("metric", ""),
            entry=entry_in(request),
            by=request.user,
            now=at,
            measured_at=about.measured_at,
            clinician=about.clinician,
            episode=about.episode,
        )
    except Refused as refusal:
        return measures_page(request, patient, at, typed_in(request, problems_of(refusal)))
    messages.success(request, saved_words(saved))
    return redirect("outcomes:measures", patient.pk)


@requires(Perm.CHART_VIEW)
@require_GET
def series(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """All values of the series in which this one stands."""
    at = now()
    row = selectors.measurement_for(request.user, pk, now=at)
    return series_page(request, row, at, Typed())


def series_page(
    request: StaffRequest, row: Measurement, at: dt.datetime, typed: Typed
) -> HttpResponse:
    key = selectors.key_of(row)
    after = instant_and_id(request.GET.get("after", ""))
    values = selectors.series_page(request.user, row, now=at, after=after)
    more = len(values) > selectors.PAGE
    values = values[: selectors.PAGE]
    protocol = selectors.metrics_at(at, row.patient.clinic)
    metric = protocol.by_id.get(row.metric)
    found = selectors.lines_of(request.user, row.patient, now=at, key=key, protocol=protocol)
    return render(
        request,
        "outcomes/series.html",
        {
            "patient": row.patient,
            "tab": "measures",
            "row": row,
            "metric": metric,
            "name": metric.name if metric else row.metric,
            "where": selectors.where_of(key, metric),
            "line": found[0] if found else None,
            "values": [(each, selectors.stated_in(metric, each)) for each in values],
            "older": f"{values[-1].measured_at.isoformat()}_{values[-1].pk}" if more else "",
            "may_write": request.user.may(Perm.MEASURE_WRITE),
            "typed": typed,
        },
        status=422 if typed.problems else 200,
    )


@requires(Perm.MEASURE_WRITE)
@require_POST
def wrong(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """This value is marked as wrong, with a reason."""
    at = now()
    row = selectors.measurement_for(request.user, pk, now=at)
    try:
        mark_in_error(
            measurement=row,
            reason=request.POST.get("reason", ""),
            by=request.user,
            now=at,
            version=version_of(request),
        )
    except Refused as refusal:
        return series_page(request, row, at, typed_in(request, problems_of(refusal)))
    messages.success(request, "Marked as wrong. It stays readable and counts no more.")
    return redirect("outcomes:series", row.pk)
