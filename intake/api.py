"""API of intake: the stateless triage, and calls through the same services as the screen."""

import uuid
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Refused
from core.people.access import clinics_of, patient_for
from core.people.http import ApiRequest
from core.protocols.selectors import current_version, protocol_of
from core.work.once import KEY, once
from intake.models import Call, CallAction
from intake.rules import AnswersInvalid, Verdict, evaluate_raw
from intake.selectors import call_for, call_screen
from intake.services import answers, calls
from intake.sight import reads_call

VERDICT = inline_serializer(
    "Verdict",
    {
        "disposition": serializers.CharField(),
        "complete": serializers.BooleanField(),
        "hold_pt": serializers.BooleanField(),
        "reasons": serializers.ListField(child=serializers.DictField()),
        "unanswered": serializers.ListField(child=serializers.CharField()),
        "protocol": serializers.CharField(),
    },
)


def spoken(verdict: Verdict) -> dict[str, Any]:
    return {
        "disposition": verdict.disposition,
        "complete": verdict.complete,
        "hold_pt": verdict.hold_pt,
        "reasons": [
            {"rule": r.rule, "flags": list(r.flags), "why": r.why} for r in verdict.reasons
        ],
        "unanswered": list(verdict.unanswered),
        "protocol": verdict.protocol,
    }


class EvaluateView(APIView):
    """Where a call with these answers would go. Nothing is kept; a 400 names what is unknown."""

    access: ClassVar[dict[str, Perm]] = {"post": Perm.CALL_TAKE}

    @extend_schema(
        request=inline_serializer(
            "Evaluate",
            {
                "answers": serializers.DictField(child=serializers.DictField()),
                "age": serializers.IntegerField(
                    allow_null=True, required=False, min_value=0, max_value=130
                ),
                "region": serializers.CharField(allow_null=True, required=False),
            },
        ),
        responses={200: VERDICT, 400: OpenApiTypes.OBJECT},
        operation_id="triage_evaluate",
    )
    def post(self, request: ApiRequest) -> Response:
        protocol = protocol_of(current_version("red_flags", now=now()))
        try:
            verdict = evaluate_raw(protocol, request.data)
        except AnswersInvalid as error:
            return Response(
                {"detail": " ".join(error.problems), "problems": list(error.problems)}, status=400
            )
        return Response(spoken(verdict))


class CallIn(serializers.Serializer[object]):
    form_key = serializers.UUIDField(help_text="yours; the same key again is the same call")
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    patient = serializers.UUIDField(required=False, help_text="a re-triage of this patient")


class FieldsIn(serializers.Serializer[object]):
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    given_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    family_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    birth_date = serializers.CharField(max_length=20, required=False, allow_blank=True)
    relation = serializers.ChoiceField(Call.Relation.choices, required=False)
    caller_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    permission = serializers.ChoiceField(Call.Permission.choices, required=False, allow_blank=True)
    region = serializers.CharField(max_length=10, required=False)
    since = serializers.CharField(max_length=120, required=False, allow_blank=True)
    notes = serializers.CharField(required=False, allow_blank=True)
    was = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text="what stood there when you read it; 409 when somebody changed it since",
    )


class AnswerIn(serializers.Serializer[object]):
    question = serializers.CharField(max_length=10)
    answer = serializers.CharField(max_length=10)
    flag = serializers.JSONField(required=False, help_text="one flag id or a list of them")


class ActionIn(serializers.Serializer[object]):
    kind = serializers.ChoiceField(CallAction.Kind.choices)
    words = serializers.CharField(required=False, allow_blank=True)


CALL = inline_serializer(
    "Call",
    {
        "id": serializers.UUIDField(),
        "state": serializers.CharField(),
        "patient": serializers.UUIDField(allow_null=True),
        "disposition": serializers.CharField(),
        "verdict": VERDICT,
        "todo": serializers.ListField(child=serializers.CharField()),
        "flag": serializers.UUIDField(allow_null=True),
    },
)


def call_out(viewer: User, pk: uuid.UUID) -> dict[str, Any]:
    """A call as the screen shows it."""
    at = now()
    call = call_for(viewer, pk, now=at)
    screen = call_screen(viewer, call, now=at)
    verdict = spoken(screen.standing.verdict)
    if not reads_call(viewer, call):  # where it went, and not why: core/people/fields.py
        verdict |= {"reasons": [], "unanswered": []}
    return {
        "id": call.pk,
        "state": call.state,
        "patient": call.patient_id,
        "disposition": screen.standing.disposition,
        "verdict": verdict,
        "todo": screen.todo if call.state != Call.State.CLOSED else [],
        "flag": screen.flag.pk if screen.flag else None,
    }


def done(viewer: User, pk: uuid.UUID) -> Response:
    """The call after a change, and where to read it again."""
    return Response(call_out(viewer, pk), headers={"Location": reverse("api_call", args=[pk])})


def read(kind: type[serializers.Serializer[object]], request: ApiRequest) -> dict[str, Any]:
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values


class CallsView(APIView):
    access: ClassVar[dict[str, Perm]] = {"post": Perm.CALL_TAKE}

    @extend_schema(
        parameters=[KEY], request=CallIn, responses={201: CALL}, operation_id="call_create"
    )
    @once
    def post(self, request: ApiRequest) -> Response:
        at = now()
        values = read(CallIn, request)
        patient = (
            patient_for(request.user, values["patient"], now=at) if "patient" in values else None
        )
        clinic = (
            patient.clinic if patient else clinics_of(request.user, now=at).order_by("name").first()
        )
        if clinic is None:
            raise Refused(
                "You work at no clinic today, so there is no clinic to take this call for."
            )
        call = calls.start_call(
            clinic=clinic,
            by=request.user,
            now=at,
            form_key=values["form_key"],
            origin=Call.Origin.RETRIAGE if patient else Call.Origin.INCOMING,
            patient=patient,
            phone=values.get("phone", ""),
        )
        made = {"Location": reverse("api_call", args=[call.pk])}
        return Response(call_out(request.user, call.pk), status=201, headers=made)


class CallView(APIView):
    access: ClassVar[dict[str, Perm]] = {"get": Perm.CALL_TAKE, "patch": Perm.CALL_TAKE}

    @extend_schema(responses=CALL, operation_id="call_read")
    def get(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        return Response(call_out(request.user, pk))

    @extend_schema(request=FieldsIn, responses=CALL, operation_id="call_change")
    def patch(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        at = now()
        call = call_for(request.user, pk, now=at)
        values = read(FieldsIn, request)
        was = values.pop("was", {})
        _, problems = calls.save_fields(call=call, typed=values, by=request.user, now=at, shown=was)
        if problems:
            return Response(
                {"detail": " ".join(problems.values()), "problems": problems}, status=400
            )
        return Response(call_out(request.user, pk))


class AnswersView(APIView):
    access: ClassVar[dict[str, Perm]] = {"post": Perm.CALL_TAKE}

    @extend_schema(parameters=[KEY], request=AnswerIn, responses=CALL, operation_id="call_answer")
    @once
    def post(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        at = now()
        values = read(AnswerIn, request)
        flag = values.get("flag") or []
        flags = [flag] if isinstance(flag, str) else flag
        if not isinstance(flags, list) or not all(isinstance(f, str) for f in flags):
            raise Refused("“flag” is one flag id or a list of flag ids.")
        answers.save_answer(
            call=call_for(request.user, pk, now=at),
            question=values["question"],
            answer=values["answer"],
            flags=flags,
            by=request.user,
            now=at,
        )
        return done(request.user, pk)


class ActionsView(APIView):
    access: ClassVar[dict[str, Perm]] = {"post": Perm.CALL_TAKE}

    @extend_schema(parameters=[KEY], request=ActionIn, responses=CALL, operation_id="call_action")
    @once
    def post(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        at = now()
        values = read(ActionIn, request)
        calls.record_action(
            call=call_for(request.user, pk, now=at),
            kind=values["kind"],
            words=values.get("words", ""),
            by=request.user,
            now=at,
        )
        return done(request.user, pk)


class CloseView(APIView):
    access: ClassVar[dict[str, Perm]] = {"post": Perm.CALL_TAKE}

    @extend_schema(parameters=[KEY], request=None, responses=CALL, operation_id="call_close")
    @once
    def post(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        at = now()
        calls.close_call(call=call_for(request.user, pk, now=at), by=request.user, now=at)
        return done(request.user, pk)
