"""One world and everybody's browsers for all cells: each request's writes are undone."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from tests.cast import NOW, assemble
from tests.factories.records import one_page
from tests.guards.asking import Browsers
from tests.guards.people import People
from tests.guards.world import World


@pytest.fixture(scope="module")
def browsers(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browsers]:
    settings = override_settings(RATE_FACTOR=1000.0, MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    # A letter takes a second to print, and its page is asked for by everybody.
    letter = patch("intake.services.records.letter_pdf", return_value=b"%PDF-1.7 a letter")
    sheet = patch("rehab.documents.render", return_value=one_page())
    with django_db_blocker.unblock(), transaction.atomic(), settings, letter, sheet:
        with time_machine.travel(NOW, tick=False):
            made = Browsers(People(World(assemble())))
        yield made
        transaction.set_rollback(True)
