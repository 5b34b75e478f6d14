"""The outermost layer: headers for every answer, whichever layer below gave it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.policy import HEADERS


class HeadersMiddleware:
    """An answer that never reached the other layers (a wrong host, a redirect) has them too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
