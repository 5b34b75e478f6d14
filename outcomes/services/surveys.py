"""A survey is answered: its answers and its score are kept together, as one measurement."""

import datetime as dt

from django.db import transaction

from core.accounts.models import User
from core.lib.errors import Refused
from core.people.models import Episode, Patient
from outcomes.models import Measurement, SurveyResponse
from outcomes.rules import Unreadable
from outcomes.services.measures import keep, metric_of, metrics_now
from outcomes.survey_rules import Answers, assess


@transaction.atomic
def score_survey(  # noqa: PLR0913 - one row, its columns
    *,
    patient: Patient,
    metric: str,
    answers: Answers,
    by: User,
    now: dt.datetime,
    measured_at: dt.datetime | None = None,
    clinician: User | None = None,
    episode: Episode | None = None,
) -> Measurement:
    """Score and keep it. Raises Unreadable with a sentence per field.

    Too few answers for a score are kept only with a reason in words.
    """
    version, protocol = metrics_now(patient.clinic, now=now)
    row = metric_of(protocol, metric)
    if not row.is_survey:
        raise Refused(f"{row.name} is no survey: record its value.")
    found = assess(row, answers)
    if found.reading.value is None and not answers.about.missing_reason.strip():
        raise Unreadable({"items": found.why})
    measurement = keep(
        patient=patient,
        metric=row,
        reading=found.reading,
        version=version,
        by=by,
        now=now,
        measured_at=measured_at,
        clinician=clinician,
        episode=episode,
    )
    SurveyResponse.objects.create(
        measurement=measurement,
        entered=found.entered,
        items=found.items,
        answered=found.answered,
        rule=row.scoring.kind,
    )
    return measurement
