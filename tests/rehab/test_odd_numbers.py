"""Numbers as no clinician writes them are told to be none; they are no failure of the page."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from rehab.models import Restriction
from tests.cast import NOW
from tests.factories.plans import Planned
from tests.rehab.limit_stories import DAY, TODAY

pytestmark = pytest.mark.django_db
NO_NUMBER = ["1e99", "1e-99", "NaN", "sNaN", "Infinity", "-1", "9" * 60]
ODD = [*NO_NUMBER, "1_0", "٣"]  # these two can be read as one


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOW, tick=False):
        yield


def limit(value):
    return {
        "source": "physician", "source_words": "Dr. Amin", "rows": "1", "activity_0": "lift",
        "value_0": value, "unit_0": "lb", "sentence_0": "", "from_on_0": TODAY.isoformat(),
        "to_on_0": (TODAY + DAY).isoformat(), "until_0": "", "form_key": str(uuid.uuid4()),
    }  # fmt: skip


def test_of_a_limit(cast, as_user):
    browser, address = as_user(cast.amin), reverse("rehab:set_limits", args=[cast.okafor.pk])
    for value in [*ODD, "1e9", "15.25", "99999"]:
        answer = browser.post(address, limit(value))
        assert answer.status_code == 422 and f'value="{value}"' in answer.text, value
    assert not Restriction.objects.exists()
    assert browser.post(address, limit("7.5")).status_code == 302
    assert Restriction.objects.get().sentence == "Lifting: 7.5 lb at most"


def test_of_a_goal_and_of_a_step(cast, as_user):
    story = Planned(cast)
    browser = as_user(cast.amin)
    goal = {"version": "1", "words": "Stand", "metric": "standing_tolerance_min",
            "by_on": "2027-01-12"}  # fmt: skip
    step = {"version": "1", "steps-0-title": "Therapy", "steps-0-then": "procedure",
            "steps-0-comparator": "at_least",
            "steps-0-metric": "standing_tolerance_min"}  # fmt: skip
    for part, name, body in (("goal", "target", goal), ("pathway", "steps-0-threshold", step)):
        address = reverse("rehab:part", args=[story.pk, part])
        for value in NO_NUMBER:
            answer = browser.post(address, body | {name: value})
            assert answer.status_code == 422 and value in answer.text, (part, value)
        body["version"] = str(story.plan.head)
        assert browser.post(address, body | {name: "45"}).status_code == 302, part


def test_of_a_value_through_the_api(cast, as_user):
    browser, address = as_user(cast.ruiz), "/api/v1/measurements"
    body = {"patient": str(cast.okafor.pk), "metric": "standing_tolerance_min", "unit": "min",
            "details": {"stop": "leg pain"}}  # fmt: skip
    chair = {"metric": "sts_reps", "unit": "reps", "value": "5"}
    asked = [{"value": value} for value in [*NO_NUMBER, 1e99, float("nan"), float("inf")]]
    asked += [chair | {"details": {"chair": value}} for value in ODD]
    for more in asked:
        answer = browser.post(address, body | more, content_type="application/json",
                              headers={"Idempotency-Key": str(uuid.uuid4())})  # fmt: skip
        assert answer.status_code in {400, 422}, (more, answer.content)
    good = browser.post(address, body | {"value": "40"}, content_type="application/json",
                        headers={"Idempotency-Key": str(uuid.uuid4())})  # fmt: skip
    assert good.status_code == 201, good.content
