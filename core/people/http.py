"""What a request carries behind the gates; views name it in their signatures."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails
from rest_framework.request import Request

from core.accounts.models import User
from core.lib.errors import Refused
from core.people.emergency import Emergency
from core.people.models import Clinic


class StaffRequest(HttpRequest):
    """A request behind `@requires`: somebody is signed in; the middleware added the rest."""

    user: User
    clinic: Clinic | None  # None: they work nowhere today
    emergencies: list[Emergency]  # charts open to them for the moment
    htmx: HtmxDetails


class ApiRequest(Request):
    """A request behind `DeclaredAccess`: somebody is signed in."""

    user: User


def working_clinic(request: StaffRequest) -> Clinic:
    """Where the person works today. Raises Refused for somebody whose post has ended."""
    if request.clinic is None:
        raise Refused("You work at no clinic today. A manager can give you a post.")
    return request.clinic
