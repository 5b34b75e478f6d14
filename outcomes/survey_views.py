"""The page of one survey: its answers, or its score where the instrument is licensed."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.people.access import patient_for
from core.people.http import StaffRequest
from core.people.models import Patient
from outcomes import selectors
from outcomes.posted import Typed, circumstances_in, entry_in, problems_of, saved_words, typed_in
from outcomes.protocol_schema import Metric
from outcomes.services.surveys import score_survey
from outcomes.survey_rules import Answers


@requires(Perm.MEASURE_WRITE)
@require_http_methods(["GET", "POST"])
def survey(request: StaffRequest, pk: uuid.UUID, metric: str) -> HttpResponse:
    """Fill in; a refused one is shown again as typed."""
    at = now()
    patient = patient_for(request.user, pk, now=at, action="survey")
    row = selectors.metrics_at(at, patient.clinic).by_id.get(metric)
    if row is None or not row.is_survey:
        raise NotFound("There is no such survey.")
    if request.method == "GET":
        return survey_page(request, patient, row, at, Typed())
    try:
        about = circumstances_in(request, request.user, patient, now=at)
        saved = score_survey(
            patient=patient,
            metric=row.id,
            answers=answers_in(request, row),
            by=request.user,
            now=at,
            measured_at=about.measured_at,
            clinician=about.clinician,
            episode=about.episode,
        )
    except Refused as refusal:
        return survey_page(request, patient, row, at, typed_in(request, problems_of(refusal)))
    messages.success(request, saved_words(saved))
    return redirect("outcomes:series", saved.pk)


def by_answers(metric: Metric) -> bool:
    """Whether the page asks item by item: only what has words of ours or of the patient."""
    return bool(metric.scoring.labels) or metric.scoring.own_words


def answers_in(request: StaffRequest, metric: Metric) -> Answers:
    entry = entry_in(request)
    if not by_answers(metric):
        return Answers(score=entry.value, about=entry)
    items = [
        (request.POST.get(f"activity_{at}", ""), request.POST.get(f"item_{at}", ""))
        for at in range(metric.scoring.items or 0)
    ]
    return Answers(items=items, about=entry)


def survey_page(
    request: StaffRequest, patient: Patient, metric: Metric, at: dt.datetime, typed: Typed
) -> HttpResponse:
    own = metric.scoring.own_words
    last = [
        line
        for line in selectors.lines_of(request.user, patient, now=at)
        if line.key.metric == metric.id
    ]
    activities = (
        selectors.last_answers(request.user, patient, metric.id, now=at)
        if own and not typed.values
        else []
    )
    return render(
        request,
        "outcomes/survey.html",
        {
            "patient": patient,
            "tab": "measures",
            "metric": metric,
            "by_answers": by_answers(metric),
            "lines": last,
            "activities": dict(enumerate(activities)),
            "people": selectors.measurers_of(patient, now=at),
            "problems_cared_for": selectors.episodes_of(patient),
            "typed": typed,
        },
        status=422 if typed.problems else 200,
    )
