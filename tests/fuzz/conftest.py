"""One world for the whole folder; the clock stands at `tests.cast.NOW`."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings

from tests.cast import NOW
from tests.fuzz.ground import Ground


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    with (
        django_db_blocker.unblock(),
        override_settings(RATE_FACTOR=1e6),  # fuzzing asks more often than people
        time_machine.travel(NOW, tick=False),
        transaction.atomic(),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("messaging.services.deliveries.ring", lambda: None)
        logging.disable(logging.CRITICAL)
        for signal in (request_started, request_finished):  # this transaction has to stay
            signal.disconnect(close_old_connections)
        ground = Ground()
        yield ground
        ground.close()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
