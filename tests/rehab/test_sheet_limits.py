"""A limit on the patient's paper says from which day on it holds, if that day is still to come."""

import io
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader

from rehab.documents import print_sheet
from rehab.limit_rules import Limit
from tests.cast import NOW
from tests.factories.plans import TODAY, WEEK, Planned, restricted

pytestmark = pytest.mark.django_db


def text_of(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_limit_to_come_says_its_first_day_and_one_of_today_does_not(cast):
    with time_machine.travel(NOW, tick=False):
        story = Planned(cast)
        later = Limit(
            activity="lift", sentence="Lift at most 5 lb", from_on=TODAY + 2 * WEEK,
            to_on=TODAY + 4 * WEEK, value=Decimal(5), unit="lb",
        )  # fmt: skip
        restricted(cast)
        restricted(cast, limits=[later])
        said = text_of(print_sheet(cast.ruiz, story.plan, now=NOW))
    assert "Lift at most 5 lb (Dr. Amin, 24 Nov, from Tue 8 Dec 2026 to Tue 22 Dec 2026)" in said, (
        said
    )
    assert "Lift at most 15 lb (Dr. Amin, 24 Nov, to Tue 15 Dec 2026)" in said, said
