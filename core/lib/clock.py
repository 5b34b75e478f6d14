"""The one door to the time of day. Services and rules take `now` as an argument; views ask here."""

import datetime as dt

from django.utils import timezone


def now() -> dt.datetime:
    """This instant, aware, in UTC."""
    return timezone.now()
