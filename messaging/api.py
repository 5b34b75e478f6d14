"""API of messaging: work items and threads, through the same services as the screens."""

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.people.http import ApiRequest
from core.work.once import KEY, once
from messaging.models import Thread
from messaging.selectors.inbox import chosen, messages_of, thread_for, threads_visible_to
from messaging.selectors.worklist import PAGE, item_for, worklist
from messaging.services import threads, work
from messaging.views import key_from


class WorkRowOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    words = serializers.CharField()
    reason = serializers.CharField()
    patient_id = serializers.UUIDField(allow_null=True)
    due_at = serializers.DateTimeField()
    next_action = serializers.CharField()
    next_action_at = serializers.DateTimeField()
    waiting_on = serializers.CharField()
    owner_id = serializers.UUIDField(allow_null=True)
    taken = serializers.BooleanField()
    version = serializers.IntegerField()


class CloseIn(serializers.Serializer[object]):
    reason = serializers.CharField()
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="as you read it; 409 when it changed since"
    )


class MessageIn(serializers.Serializer[object]):
    key = serializers.UUIDField(help_text="yours; the same key again is the same message")
    body = serializers.CharField()
    to = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=50)
    asks = serializers.BooleanField(required=False, default=False)


WORK_PAGE = inline_serializer(
    "WorkPage", {"results": WorkRowOut(many=True), "next": serializers.CharField(allow_null=True)}
)
CLOSED = inline_serializer(
    "Closed", {"id": serializers.UUIDField(), "closed_at": serializers.DateTimeField()}
)
THREAD = inline_serializer(
    "Thread",
    {
        "id": serializers.UUIDField(),
        "kind": serializers.CharField(),
        "title": serializers.CharField(),
        "patient_id": serializers.UUIDField(allow_null=True),
        "messages": serializers.ListField(child=serializers.DictField()),
    },
)
THREADS = inline_serializer(
    "Threads", {"results": serializers.ListField(child=serializers.DictField())}
)


class WorkItemsView(APIView):
    access: ClassVar[dict[str, Perm]] = {"get": Perm.WORK_VIEW}

    @extend_schema(
        parameters=[OpenApiParameter("after", str, description="`next` of the page before")],
        responses=WORK_PAGE,
        operation_id="work_items",
    )
    def get(self, request: ApiRequest) -> Response:
        at = now()
        rows = worklist(request.user, now=at, after=key_from(request.query_params.get("after", "")))
        patients = sorted({r.patient_id for r in rows if r.patient_id})
        record_list(
            by=request.user, action="list", object_kind="worklist", patient_ids=patients, now=at
        )
        following = f"{rows[-1].due_at.isoformat()}_{rows[-1].id}" if len(rows) == PAGE else None
        return Response({"results": WorkRowOut(rows, many=True).data, "next": following})


class WorkItemCloseView(APIView):
    access: ClassVar[dict[str, Perm]] = {"post": Perm.WORK_VIEW}

    @extend_schema(
        parameters=[KEY], request=CloseIn, responses=CLOSED, operation_id="work_item_close"
    )
    @once
    def post(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        form = CloseIn(data=request.data)
        form.is_valid(raise_exception=True)
        at = now()
        item = item_for(request.user, pk, now=at)
        item = work.close_by_hand(
            item=item,
            by=request.user,
            now=at,
            reason=form.validated_data["reason"],
            version=form.validated_data.get("version"),
        )
        return Response({"id": item.pk, "closed_at": item.closed_at})


class ThreadsView(APIView):
    access: ClassVar[dict[str, Perm]] = {"get": Perm.HOME_VIEW}

    @extend_schema(responses=THREADS, operation_id="threads")
    def get(self, request: ApiRequest) -> Response:
        at = now()
        rows = list(threads_visible_to(request.user, now=at).order_by("-opened_at")[:PAGE])
        patients = sorted({r.patient_id for r in rows if r.patient_id})
        record_list(
            by=request.user, action="list", object_kind="thread", patient_ids=patients, now=at
        )
        return Response({"results": [head(row) for row in rows]})


def head(row: Thread) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "title": row.title,
        "patient_id": row.patient_id,
        "opened_at": row.opened_at,
    }


class ThreadView(APIView):
    access: ClassVar[dict[str, Perm]] = {"get": Perm.HOME_VIEW, "post": Perm.THREAD_WRITE}

    @extend_schema(responses=THREAD, operation_id="thread_read")
    def get(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        row = thread_for(request.user, pk, now=now())
        return Response(head(row) | {"messages": [self.message(m) for m in messages_of(row)]})

    @staticmethod
    def message(row: Any) -> dict[str, Any]:
        return {
            "id": row.pk,
            "author": row.author.full_name if row.author else None,
            "body": row.body,
            "sent_at": row.sent_at,
            "recipients": [
                {
                    "name": r.user.full_name,
                    "why": r.why,
                    "read_at": r.read_at,
                    "acknowledged_at": r.acknowledged_at,
                }
                for r in row.recipients.all()
            ],
        }

    @extend_schema(
        parameters=[KEY], request=MessageIn, responses={201: THREAD}, operation_id="thread_reply"
    )
    @once
    def post(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        form = MessageIn(data=request.data)
        form.is_valid(raise_exception=True)
        at = now()
        row = thread_for(request.user, pk, now=at)
        people = chosen(request.user, row.patient, map(str, form.validated_data["to"]), now=at)
        threads.check_recipients(row.patient, people, request.user, at)
        threads.post(
            thread=row,
            body=form.validated_data["body"],
            to=people,
            by=request.user,
            now=at,
            dedupe_key=f"form:{request.user.pk}:{form.validated_data['key']}",
            asks=form.validated_data["asks"],
        )
        return Response(
            head(row) | {"messages": [self.message(m) for m in messages_of(row)]}, status=201
        )
