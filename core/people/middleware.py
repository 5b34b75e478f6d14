"""Times are shown in the clinic's zone; `request.clinic` is where the person works today."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.lib.clock import now
from core.people.access import clinics_of
from core.people.models import Clinic


class ClinicZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clinic = clinic_of(request)
        request.clinic = clinic  # type: ignore[attr-defined]  # see core/people/http.py
        if clinic is None:
            return self.get_response(request)
        with timezone.override(clinic.zone):
            return self.get_response(request)


def clinic_of(request: HttpRequest) -> Clinic | None:
    """One query per signed-in request; none for strangers and probes."""
    if not request.user.is_authenticated:
        return None
    if request.user.is_staff_member:
        return clinics_of(request.user, now=now()).order_by("name").first()
    return Clinic.objects.filter(patients__user=request.user).first()
