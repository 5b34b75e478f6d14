"""One at a time about one list of a clinic: its numbers, its payers.

A lock of its own, so that nobody else waits for it: bookings take the clinic's row (intake), and an
import that gives out numbers for minutes must not stop them.
"""

from typing import Any

from django.db import connection

SPACE = 7033  # of the advisory locks that belong to a clinic's lists


def turn(clinic_id: Any, what: str) -> None:
    """Held to the end of the transaction; the next one waits here and reads what this one wrote."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [SPACE, f"{what} {clinic_id}"]
        )
