"""API of the plan: restrictions on a day, plans as they are now. Reads only."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.lib.instants import read_key
from core.people.access import patient_for
from core.people.dates import today_at
from core.people.fields import Part, shows
from core.people.http import ApiRequest
from rehab.models import CarePlan, PathwayStep, PlanAck, PlanVersion, Restriction
from rehab.selectors.fetching import row_for
from rehab.selectors.limits import LimitLine, limits_now, limits_on
from rehab.selectors.plans import plans_page

PATIENT = OpenApiParameter("patient", uuid.UUID, required=True, description="whose")
AFTER = OpenApiParameter("after", str, description="`next` of the page before")


class Asked(serializers.Serializer[object]):
    """What the address of a list says."""

    patient = serializers.UUIDField()
    on = serializers.DateField(required=False)


def asked(request: ApiRequest) -> dict[str, Any]:
    form = Asked(data=request.query_params.dict())
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values


def next_of(edge: tuple[dt.datetime, uuid.UUID] | None) -> str | None:
    return f"{edge[0].isoformat()}_{edge[1]}" if edge else None


class RestrictionOut(serializers.Serializer[object]):
    """`value` in `unit` is the most allowed of `activity`; null = not at all."""

    id = serializers.UUIDField(source="row.id")
    activity = serializers.ChoiceField(Restriction.Activity.choices, source="row.activity")
    value = serializers.DecimalField(
        max_digits=7, decimal_places=1, allow_null=True, source="row.value"
    )
    unit = serializers.CharField(source="row.unit")
    sentence = serializers.CharField(source="row.sentence")
    from_on = serializers.DateField(source="row.from_on")
    to_on = serializers.DateField(allow_null=True, source="row.to_on")
    until = serializers.CharField(source="row.until", help_text="what it waits for without `to_on`")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF names its own path so
        Restriction.Source.choices, source="row.source"
    )
    source_words = serializers.CharField(source="row.source_words")
    in_doubt = serializers.BooleanField(
        help_text="its document was another patient's; it holds until a physician has looked"
    )
    set_at = serializers.DateTimeField(source="row.set_at")


class RestrictionPage(serializers.Serializer[object]):
    on = serializers.DateField()
    results = RestrictionOut(many=True)
    next = serializers.CharField(allow_null=True)


class RestrictionsView(APIView):
    """What a patient may not do on a day of the clinic's calendar; today without `on`."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.CHART_VIEW}

    @extend_schema(
        parameters=[
            PATIENT,
            OpenApiParameter("on", OpenApiTypes.DATE, description="default: today"),
            AFTER,
        ],
        responses=RestrictionPage,
        operation_id="restrictions",
    )
    def get(self, request: ApiRequest) -> Response:
        at = now()
        values = asked(request)
        patient = patient_for(request.user, values["patient"], now=at)
        day = values.get("on") or today_at(patient.clinic.zone, now=at)
        after = read_key(request.query_params.get("after", ""))
        lines, edge = limits_on(request.user, patient, day=day, now=at, after=after)
        record_list(
            by=request.user, action="list", object_kind="restriction", patient_ids=[patient.pk],
            now=at,
        )  # fmt: skip
        body = {"on": day, "results": lines, "next": next_of(edge)}
        return Response(RestrictionPage(body).data)


class GoalOut(serializers.Serializer[object]):
    words = serializers.CharField(source="goal_words")
    metric = serializers.CharField(source="goal_metric")
    side = serializers.CharField(source="goal_side")
    baseline = serializers.FloatField(source="goal_baseline", allow_null=True)
    target = serializers.FloatField(source="goal_target", allow_null=True)
    from_on = serializers.DateField(source="goal_from_on", allow_null=True)
    by_on = serializers.DateField(source="goal_by_on", allow_null=True)


class PlanOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    episode = serializers.UUIDField(source="episode_id")
    lane = serializers.CharField(help_text="empty when no lane fits")
    started_on = serializers.DateField()
    ended_at = serializers.DateTimeField(allow_null=True)
    number = serializers.IntegerField(source="head", help_text="of the newest version")
    goal = GoalOut(source="*")


class PlanPage(serializers.Serializer[object]):
    results = PlanOut(many=True)
    next = serializers.CharField(allow_null=True)


class StepOut(serializers.ModelSerializer[PathwayStep]):
    class Meta:
        model = PathwayStep
        fields = ("key", "state", "reason", "due_on", "service", "decision", "decision_words")


class AckOut(serializers.Serializer[object]):
    name = serializers.CharField(source="user.full_name")
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class VersionOut(serializers.Serializer[object]):
    number = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField(
        source="made_by.full_name", default=None, allow_null=True, help_text="null = Hallway"
    )
    waits_for_cosign = serializers.BooleanField()
    body = serializers.DictField(help_text="the parts as they were written; `limits` in words")


class PlanDetail(PlanOut):
    version = VersionOut()
    pathway = StepOut(many=True)
    acknowledgements = AckOut(many=True)
    limits = RestrictionOut(many=True, help_text="what holds today and what is to come")


class PlansView(APIView):
    """The plans of a patient, the newest first."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.CHART_VIEW}

    @extend_schema(parameters=[PATIENT, AFTER], responses=PlanPage, operation_id="plans")
    def get(self, request: ApiRequest) -> Response:
        at = now()
        patient = patient_for(request.user, asked(request)["patient"], now=at)
        after = request.query_params.get("after", "")
        rows, following = plans_page(request.user, patient, now=at, after=after)
        record_list(
            by=request.user, action="list", object_kind="care_plan", patient_ids=[patient.pk],
            now=at,
        )  # fmt: skip
        return Response(PlanPage({"results": rows, "next": following}).data)


class PlanView(APIView):
    """One plan as it is now: its newest version, where its pathway stands, who has read it."""

    access: ClassVar[dict[str, Perm]] = {"get": Perm.CHART_VIEW}

    @extend_schema(responses=PlanDetail, operation_id="plan_read")
    def get(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        plan = row_for(CarePlan, request.user, pk, now=now())
        return Response(PlanDetail(detail_of(request.user, plan)).data)


def detail_of(viewer: User, plan: CarePlan) -> dict[str, Any]:
    """What the serializer reads; a part that is not the viewer's stays out (core/people/fields)."""
    at = now()
    reads = shows(viewer, Part.PLANS)
    version = PlanVersion.objects.select_related("made_by").get(plan=plan, number=plan.head)
    body = version.body if reads else {}
    acks = PlanAck.objects.filter(plan_version=version).select_related("user")
    limits: list[LimitLine] = limits_now(viewer, plan.patient, now=at)
    return vars(plan) | {
        "version": {
            "number": version.number,
            "made_at": version.made_at,
            "made_by": version.made_by,
            "waits_for_cosign": version.cosign_needed and version.cosigned_at is None,
            "body": body,
        },
        "pathway": plan.steps.order_by("position") if reads else [],
        "acknowledgements": acks.order_by("user__full_name"),
        "limits": limits,
    }
