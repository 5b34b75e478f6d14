"""Several people at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def race(act: Callable[[int], Any], *, runners: int = 8) -> list[Any]:
    """`act(0)` … `act(n-1)` at once, each on its own connection; what each returned or raised.

    Needs `django_db(transaction=True)`: other connections see only what is committed.
    """
    gate = threading.Barrier(runners)

    def run(number: int) -> Any:
        try:
            gate.wait(10)
            return act(number)
        except Exception as error:  # noqa: BLE001 - the test looks at what each one met
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(runners) as pool:
        return list(pool.map(run, range(runners)))
