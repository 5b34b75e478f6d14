"""For scale: the worklist's rows as a plain Django REST framework list, on Django's usual parts."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import path
from rest_framework import serializers, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated

from core.people.models import Patient, StaffMember
from messaging.models import WorkItem

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tests.bench.plain.our_urls",
]


def our_urls(get_response: Any) -> Any:
    def respond(request: HttpRequest) -> Any:
        request.urlconf = "tests.bench.plain"
        return get_response(request)

    return respond


class PatientOut(serializers.ModelSerializer[Patient]):
    class Meta:
        model = Patient
        fields = ("id", "family_name", "given_name")


class ItemOut(serializers.ModelSerializer[WorkItem]):
    patient = PatientOut()
    owner_name = serializers.CharField(source="owner.full_name", default="")

    class Meta:
        model = WorkItem
        fields = ("id", "kind", "reason", "patient", "due_at", "next_action", "next_action_at",
                  "waiting_on", "owner", "owner_name", "taken_at", "subject_id")  # fmt: skip


class Pages(LimitOffsetPagination):
    default_limit = 50

    def get_count(self, queryset: Any) -> int:
        return 50  # nothing is counted: Hallway's pages count nothing either


class Items(viewsets.ModelViewSet[WorkItem]):
    serializer_class = ItemOut
    authentication_classes: ClassVar = [SessionAuthentication]
    permission_classes: ClassVar = [IsAuthenticated]
    pagination_class = Pages

    def get_queryset(self) -> Any:
        clinics = StaffMember.objects.filter(user=self.request.user).values("clinic_id")
        return (
            WorkItem.objects.filter(
                clinic__in=clinics, closed_at=None, owner_role__in=self.request.user.roles
            )
            .select_related("patient", "owner")
            .order_by("due_at", "id")
        )


urlpatterns = [path("plain/items", Items.as_view({"get": "list"}))]
