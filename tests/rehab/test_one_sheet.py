"""A usual plan leaves the house as one sheet of paper: two sides at most."""

import datetime as dt
import io
from decimal import Decimal

import pytest
import time_machine
from pypdf import PdfReader

from intake.models import Appointment
from rehab.documents import print_sheet
from rehab.limit_rules import Limit
from rehab.plan_body import Avoided, Exercise, Medication, Pathway, Step
from rehab.selectors.plans import plan_page
from tests.cast import NOW
from tests.factories.plans import THERAPY, TODAY, WEEK, Planned, restricted
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
EXERCISES = ("Hip hinge with dowel", "Step-ups, 6 inches", "Glute bridge", "Dead bug",
             "Heel raise at the wall")  # fmt: skip
ORDER = THERAPY.model_copy(
    update={
        "exercises": tuple(Exercise(name=name, dose="3 x 10") for name in EXERCISES),
        "avoid": (
            *THERAPY.avoid,
            Avoided(what="Lifting more than 15 lb", until="it no longer provokes leg pain"),
        ),
        "stop": (*THERAPY.stop, "Numbness that was not there before"),
    }
)
STEPS = Pathway(
    steps=tuple(
        Step(
            key=f"{n}1111111-1111-4111-8111-111111111111", title=title,
            starts_on=TODAY + 3 * n * WEEK, weeks=3, then="second_look",
            patient_words="After these weeks we look together at whether what we do helps.",
        )
        for n, title in enumerate(("Directional therapy", "Heavier work", "A second look"), 1)
    )
)  # fmt: skip


def sides(cast, plan):
    return PdfReader(io.BytesIO(print_sheet(cast.amin, plan, now=NOW))).pages


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write_all()
        restricted(cast)
        stand = Limit(activity="stand", sentence="Stand at most 30 minutes", from_on=TODAY,
                      to_on=TODAY + 3 * WEEK, value=Decimal(30), unit="min")  # fmt: skip
        restricted(cast, limits=[stand])
        made.write("therapy", ORDER)
        made.write("pathway", STEPS)
        types = Schedule(cast).types
        for days in (1, 3, 8, 10, 15, 17):
            Appointment.objects.create(
                clinic=cast.riverside, patient=cast.okafor, provider=cast.ruiz,
                visit_type=types["pt"], starts_at=NOW + days * DAY,
                ends_at=NOW + days * DAY + HOUR, booked_at=NOW, booked_by=cast.ana,
            )  # fmt: skip
        yield made


def test_a_usual_plan_fits_on_one_sheet(cast, story):
    page = plan_page(cast.amin, story.plan, now=NOW)
    pages = sides(cast, story.plan)
    assert len(pages) <= 2
    said = " ".join(" ".join(each.extract_text() for each in pages).split())
    for words in (*EXERCISES, "Lift at most 15 lb", "Stand at most 30 minutes", "Heavier work",
                  "3. Your visits"):  # fmt: skip
        assert words in said, words
    assert sum(len(row.booked) for row in page.calendar) == 6
    for row in page.calendar:
        assert all(f"{visit.at:%-d %b %Y}" in said for visit in row.booked)


def test_a_plan_of_many_lines_takes_more_and_says_which_page(cast, story):
    line = "gabapentin 300 mg at night, since the first visit, for the leg at night; "
    story.write("medication", Medication(lines=tuple(f"{n}. {line * 3}" for n in range(30))))
    pages = sides(cast, story.plan)
    assert len(pages) > 2 and f"Page 1 of {len(pages)}" in " ".join(pages[0].extract_text().split())
