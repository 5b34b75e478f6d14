"""API for patients: read one, search (posted)."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.people.access import patient_for
from core.people.http import ApiRequest
from core.people.models import Patient
from core.people.selectors import find_patients


class PatientOut(serializers.ModelSerializer[Patient]):
    class Meta:
        model = Patient
        fields = ("id", "mrn", "given_name", "family_name", "birth_date", "sex", "pronouns", 
                  "phone", "email", "language", "interpreter")  # fmt: skip


class PatientRowOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    mrn = serializers.CharField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    birth_date = serializers.DateField()
    phone = serializers.CharField()


class SearchIn(serializers.Serializer[object]):
    q = serializers.CharField(max_length=120, help_text="name, date of birth, MRN or phone")


class SearchOut(serializers.Serializer[object]):
    results = PatientRowOut(many=True)


class PatientView(APIView):
    access: ClassVar[dict[str, Perm]] = {"get": Perm.PATIENT_ADMIN_VIEW}

    @extend_schema(responses=PatientOut, operation_id="patient_read")
    def get(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        return Response(PatientOut(patient_for(request.user, pk, now=now())).data)


class PatientSearchView(APIView):
    """Search words travel in the body, never in an address."""

    access: ClassVar[dict[str, Perm]] = {"post": Perm.PATIENT_FIND}

    @extend_schema(request=SearchIn, responses={200: SearchOut}, operation_id="patient_search")
    def post(self, request: ApiRequest) -> Response:
        wanted = SearchIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        at = now()
        rows = find_patients(request.user, wanted.validated_data["q"], now=at)
        record_list(
            by=request.user,
            action="search",
            object_kind="patient",
            patient_ids=[r.id for r in rows],
            now=at,
        )
        return Response({"results": PatientRowOut(rows, many=True).data})
