"""API of the ledger: values listed and recorded; a survey scored, and kept for a patient."""

import uuid
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.lib.instants import read_key
from core.people.access import patient_for
from core.people.fields import Part, shows
from core.people.http import ApiRequest
from core.work.once import KEY, once
from outcomes import selectors
from outcomes.models import Measurement
from outcomes.protocol_schema import Metric, MetricsProtocol
from outcomes.rules import Entry, alerts, band, plain
from outcomes.services.measures import record_measurement
from outcomes.services.surveys import score_survey
from outcomes.survey_rules import Answers, Assessed, assess

ITEM = serializers.IntegerField(allow_null=True, min_value=0, max_value=10)


class SurveyIn(serializers.Serializer[object]):
    items = serializers.ListField(
        child=ITEM, required=False, max_length=40,
        help_text="the answers as numbers, in order; null = not answered",
    )  # fmt: skip
    activities = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=5,
        help_text="psfs: the patient's own words, one for each of `items`",
    )  # fmt: skip
    score = serializers.DecimalField(max_digits=7, decimal_places=3, required=False)
    version = serializers.CharField(max_length=40, required=False, allow_blank=True)
    side = serializers.ChoiceField(["left", "right"], required=False)
    region = serializers.CharField(max_length=20, required=False)
    details = serializers.DictField(child=serializers.CharField(), required=False)
    missing_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    patient = serializers.UUIDField(required=False, help_text="then the score is kept")
    measured_at = serializers.DateTimeField(required=False, help_text="default: now")


SCORED = inline_serializer(
    "Scored",
    {
        "metric": serializers.CharField(),
        "score": serializers.FloatField(allow_null=True),
        "unit": serializers.CharField(),
        "band": serializers.CharField(),
        "alerts": serializers.ListField(child=serializers.CharField()),
        "verdict": serializers.CharField(
            allow_null=True, help_text="against the first of its series; null when there is none"
        ),
        "reasons": serializers.ListField(child=serializers.CharField()),
        "protocol": serializers.CharField(),
        "measurement": serializers.UUIDField(allow_null=True),
    },
)


def answers_of(values: dict[str, Any]) -> Answers:
    """The body in the words of the screen."""
    about = Entry(
        missing_reason=values.get("missing_reason", ""),
        instrument=values.get("version", ""),
        side=values.get("side", ""),
        region=values.get("region", ""),
        details=values.get("details", {}),
    )
    given = ["" if item is None else str(item) for item in values.get("items", [])]
    named = values.get("activities", [])
    if named and len(named) != len(given):
        raise Refused("“activities” and “items” are lists of the same length.")
    items = list(zip(named or [""] * len(given), given, strict=True))
    score = plain(values["score"]) if "score" in values else ""
    return Answers(items=items, score=score, about=about)


def body_of(protocol: MetricsProtocol, metric: Metric, found: Assessed) -> dict[str, Any]:
    value = found.reading.value
    return {
        "metric": metric.id,
        "score": None if value is None else float(value),
        "unit": metric.unit,
        "band": "" if value is None else band(metric, value),
        "alerts": [] if value is None else alerts(metric, value),
        "verdict": None,
        "reasons": [why for why in (found.why or found.reading.missing_reason,) if why],
        "protocol": protocol.label,
        "measurement": None,
    }


class SurveyScoreView(APIView):
    """The score of a survey. Without `patient` it is only computed; with one it is recorded."""

    access: ClassVar[dict[str, Perm]] = {"post": Perm.MEASURE_WRITE}

    @extend_schema(
        parameters=[KEY],
        request=SurveyIn,
        responses={200: SCORED, 201: SCORED},
        operation_id="survey_score",
    )
    @once
    def post(self, request: ApiRequest, metric: str) -> Response:
        at = now()
        protocol = selectors.metrics_at(at)
        row = protocol.by_id.get(metric)
        if row is None or not row.is_survey:
            raise NotFound("There is no such survey.")
        form = SurveyIn(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        answers = answers_of(values)
        body = body_of(protocol, row, assess(row, answers, stated="patient" in values))
        if "patient" not in values:
            return Response(body)
        patient = patient_for(request.user, values["patient"], now=at, action="survey")
        saved = score_survey(
            patient=patient,
            metric=row.id,
            answers=answers,
            by=request.user,
            now=at,
            measured_at=values.get("measured_at"),
        )
        where = {"Location": reverse("outcomes:series", args=[saved.pk])}
        return Response(body | compared(request, saved), status=201, headers=where)


def compared(request: ApiRequest, saved: Measurement) -> dict[str, Any]:
    """What the kept score says beside the first of its series."""
    key = selectors.key_of(saved)
    lines = selectors.lines_of(request.user, saved.patient, now=now(), key=key)
    verdict = lines[0].verdict if lines else None
    told = {"verdict": verdict.key if verdict else None, "measurement": saved.pk}
    return told | ({"reasons": [verdict.why]} if verdict else {})


class MeasurementIn(serializers.Serializer[object]):
    """One value with its unit, or the reason why there is none."""

    patient = serializers.UUIDField()
    metric = serializers.CharField(max_length=40)
    value = serializers.DecimalField(max_digits=10, decimal_places=3, required=False)
    unit = serializers.CharField(
        max_length=20, required=False, allow_blank=True,
        help_text="of the value, as the metric has it; another unit is refused, never converted",
    )  # fmt: skip
    missing_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    version = serializers.CharField(max_length=40, required=False, allow_blank=True)
    side = serializers.ChoiceField(["left", "right"], required=False)
    region = serializers.CharField(max_length=20, required=False)
    details = serializers.DictField(child=serializers.CharField(), required=False)
    measured_at = serializers.DateTimeField(required=False, help_text="default: now")
    episode = serializers.UUIDField(required=False, help_text="the problem it is about")


class MeasurementOut(serializers.ModelSerializer[Measurement]):
    protocol = serializers.CharField(source="metrics.label")
    version = serializers.CharField(source="instrument")
    side = serializers.CharField(allow_blank=True)
    marked_wrong = serializers.DateTimeField(source="wrong_at", allow_null=True)

    class Meta:
        model = Measurement
        fields = (
            "id", "patient", "episode", "metric", "value", "unit", "missing_reason", "version",
            "side", "region", "variant", "details", "measured_at", "recorded_at", "marked_wrong",
            "wrong_reason", "protocol",
        )  # fmt: skip


class MeasurementPage(serializers.Serializer[object]):
    results = MeasurementOut(many=True)
    next = serializers.CharField(allow_null=True)


class ListAsked(serializers.Serializer[object]):
    """What the address of the list says."""

    patient = serializers.UUIDField()
    metric = serializers.CharField(max_length=40, required=False, allow_blank=True)


def entry_of(values: dict[str, Any], metric: Metric | None) -> Entry:
    """The body in the words of the screen. Raises Refused for a value without its unit."""
    if "value" in values and metric is not None:
        unit = values.get("unit", "").strip()
        if unit != metric.unit:
            said = f"“{unit}”" if unit else "no unit"
            raise Refused(f"{metric.name} is recorded in “{metric.unit}”; the request says {said}.")
    return Entry(
        value=plain(values["value"]) if "value" in values else "",
        missing_reason=values.get("missing_reason", ""),
        instrument=values.get("version", ""),
        side=values.get("side", ""),
        region=values.get("region", ""),
        details=values.get("details", {}),
    )


class MeasurementsView(APIView):
    """A patient's values, the newest first; one value more."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.CHART_VIEW, "post": Perm.MEASURE_WRITE}

    @extend_schema(
        parameters=[
            OpenApiParameter("patient", uuid.UUID, required=True, description="whose"),
            OpenApiParameter("metric", str, description="one metric; all without"),
            OpenApiParameter("after", str, description="`next` of the page before"),
        ],
        responses=MeasurementPage,
        operation_id="measurements",
    )
    def get(self, request: ApiRequest) -> Response:
        at = now()
        form = ListAsked(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        patient = patient_for(request.user, form.validated_data["patient"], now=at)
        rows = selectors.values_page(
            request.user,
            patient,
            metric=form.validated_data.get("metric", ""),
            now=at,
            after=read_key(request.query_params.get("after", "")),
        )
        if not shows(request.user, Part.MEASURES):
            rows = []
        record_list(
            by=request.user, action="list", object_kind="measurement", patient_ids=[patient.pk],
            now=at,
        )  # fmt: skip
        page = rows[: selectors.PAGE]
        last = page[-1] if len(rows) > selectors.PAGE else None
        following = f"{last.measured_at.isoformat()}_{last.pk}" if last else None
        return Response(MeasurementPage({"results": page, "next": following}).data)

    @extend_schema(
        parameters=[KEY],
        request=MeasurementIn,
        responses={201: MeasurementOut},
        operation_id="measurement_create",
    )
    @once
    def post(self, request: ApiRequest) -> Response:
        at = now()
        form = MeasurementIn(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        patient = patient_for(request.user, values["patient"], now=at, action="measure")
        protocol = selectors.metrics_at(at, patient.clinic)
        episode = None
        if "episode" in values:
            episode = next(
                (e for e in selectors.episodes_of(patient) if e.pk == values["episode"]), None
            )
            if episode is None:
                raise Refused("Choose one of this patient’s open problems.")
        saved = record_measurement(
            patient=patient,
            metric=values["metric"],
            entry=entry_of(values, protocol.by_id.get(values["metric"])),
            by=request.user,
            now=at,
            measured_at=values.get("measured_at"),
            episode=episode,
        )
        where = {"Location": reverse("outcomes:series", args=[saved.pk])}
        return Response(MeasurementOut(saved).data, status=201, headers=where)
