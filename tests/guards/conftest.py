"""One world and everybody's browsers for all cells: each request's writes are undone."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from tests.cast import NOW, assemble
from tests.guards.asking import Browsers
from tests.guards.people import People
from tests.guards.world import World


@pytest.fixture(scope="module")
def browsers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Browsers]:
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(RATE_FACTOR=1000.0):
        with time_machine.travel(NOW, tick=False):
            made = Browsers(People(World(assemble())))
        yield made
        transaction.set_rollback(True)
