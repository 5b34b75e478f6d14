"""Times are shown in the clinic's zone; `request.clinic` is where the person works today.

`request.emergencies` = charts open to them in an emergency; what they do about those is tagged.
What they may reach is read once for the request (core/people/reach.py).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.lib.clock import now
from core.people.emergency import Emergency, tag_all, workplace
from core.people.models import Clinic
from core.people.reach import one_request


class ClinicZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with one_request():
            return self.placed(request)

    def placed(self, request: HttpRequest) -> HttpResponse:
        clinic, emergencies = place_of(request)
        request.clinic = clinic  # type: ignore[attr-defined]  # see core/people/http.py
        request.emergencies = emergencies  # type: ignore[attr-defined]  # likewise
        tag_all(emergencies)
        if clinic is None:
            return self.get_response(request)
        with timezone.override(clinic.zone):
            return self.get_response(request)


def place_of(request: HttpRequest) -> tuple[Clinic | None, list[Emergency]]:
    """Two queries per signed-in request; none for strangers and probes."""
    if not request.user.is_authenticated:
        return None, []
    if request.user.is_staff_member:
        return workplace(request.user, now=now())
    return Clinic.objects.filter(patients__user=request.user).first(), []
