"""API for patients: read one, search (posted)."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record_list
from core.lib.clock import now
from core.people.access import patient_for
from core.people.fields import Part, shows
from core.people.http import ApiRequest
from core.people.models import Episode, Patient
from core.people.selectors import find_patients


class ProblemOut(serializers.ModelSerializer[Episode]):
    class Meta:
        model = Episode
        fields = ("id", "problem", "region", "work", "opened_on", "closed_on")


class PatientOut(serializers.ModelSerializer[Patient]):
    """Identity, contact and needs: what everyone who works here reads."""

    class Meta:
        model = Patient
        fields: tuple[str, ...] = (
            "id", "mrn", "given_name", "family_name", "birth_date", "sex", "pronouns", "phone",
            "email", "language", "interpreter",
        )  # fmt: skip


class ChartOut(PatientOut):
    """For clinicians: the problems too."""

    problems = ProblemOut(many=True, source="episodes", required=False)

    class Meta(PatientOut.Meta):
        fields = (*PatientOut.Meta.fields, "problems")


def chart_for(viewer: User) -> type[PatientOut]:
    """The fields this person's role reads (core/people/fields.py)."""
    return ChartOut if shows(viewer, Part.PROBLEM) else PatientOut


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

    @extend_schema(responses=ChartOut, operation_id="patient_read")
    def get(self, request: ApiRequest, pk: uuid.UUID) -> Response:
        patient = patient_for(request.user, pk, now=now())
        return Response(chart_for(request.user)(patient).data)


class PatientSearchView(APIView):
    """Search words travel in the body, never in an address."""

    access: ClassVar[dict[str, Perm]] = {"post": Perm.PATIENT_FIND}
    limit = ("search", 150, 60)  # shared with the search page

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
