"""Probes. They tell nothing but yes or no."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from core.accounts.access import public

PLAIN = "text/plain; charset=utf-8"


@public("liveness probe: says only that the process answers")
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type=PLAIN)


@public("readiness probe: says only whether the database answers and is migrated")
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is: not ready
        behind = True
    return HttpResponse(
        "not ready" if behind else "ready", status=503 if behind else 200, content_type=PLAIN
    )
