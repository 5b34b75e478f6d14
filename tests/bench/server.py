"""One gunicorn, three applications: Hallway, the floor and, for scale, a plain DRF list."""

from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

from config.wsgi import application as hallway
from tests.bench.floor import application as floor
from tests.bench.plain import MIDDLEWARE

with override_settings(MIDDLEWARE=MIDDLEWARE):
    plain = WSGIHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    path = environ["PATH_INFO"]
    if path.startswith("/floor/"):
        return floor(environ, start_response)
    return (plain if path.startswith("/plain/") else hallway)(environ, start_response)
