"""The two first visits of the requirement, told in Chromium over the real processes: examined with
the keyboard, signed, taken into the plan, and printed as the sheet the patient leaves with."""

import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from core.accounts import codes
from core.lib.clock import now
from core.people.services import open_episode
from core.protocols.services import load
from outcomes.models import Measurement
from rehab.models import CarePlan, FirstVisit
from rehab.plan_body import Goal, Pathway, Step
from rehab.services.plans import revise
from tests.cast import PASSWORD
from tests.faults.stack import Stack
from tests.journeys.test_call_to_acknowledgement import KEY, chromium, sign_in

__all__ = ["chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(220)]
Tell = Callable[[Any, str, str, str], Page]


@pytest.fixture
def physician(stack: Stack, chromium: Browser) -> Any:
    """Dr. Amin at the patient's first visit: `physician(patient, problem, region, side)`."""
    connection.close()  # beside a browser's loop: one that a journey before has left ended
    amin = stack.cast.amin
    amin.set_password(PASSWORD)
    amin.save()
    codes.enrol(user=amin, secret=KEY)
    for kind in ("lanes", "first_visit"):
        load(kind=kind, now=now())
    expect.set_options(timeout=15_000)
    with stack.web() as web:

        def begin(patient: Any, problem: str, region: str, side: str) -> Page:
            open_episode(
                patient=patient, problem=problem, region=region, side=side, by=amin, now=now()
            )
            page = sign_in(chromium, web, amin.email)
            page.goto(f"/patients/{patient.pk}/first-visit/")
            page.get_by_role("button", name="Begin the first visit").click()
            page.wait_for_url("**/first-visits/**")
            return page

        yield begin


def answer(page: Page, section: str, **answers: str) -> None:
    """A card saves by itself, once a choice."""
    for name, choice in answers.items():
        field = page.locator(f"[name='a:{name.replace('__', '.')}']")
        with page.expect_response(re.compile(f"/{section}/$")):
            field.select_option(choice)


def save(page: Page, section: str) -> None:
    page.locator(f"#form-{section}").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(f"#note-{section}")).to_contain_text("Saved.")


def sign_and_plan(page: Page) -> CarePlan:
    """Read through, signed, and the plan begun with the goal's form before the physician."""
    page.get_by_role("link", name="Read it through and sign").first.click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("The limits stand among the measures.")).to_be_visible()
    page.get_by_role("button", name="Take this into the plan").click()
    page.wait_for_url("**/parts/goal")
    return CarePlan.objects.get(episode=FirstVisit.objects.get(state="signed").episode)


def sheet_of(page: Page, plan: CarePlan) -> str:
    printed = page.request.get(f"/plans/{plan.pk}/plan.pdf")
    assert printed.status == 200
    pdf = pypdfium2.PdfDocument(io.BytesIO(printed.body()))
    return " ".join(" ".join(sheet.get_textpage().get_text_range() for sheet in pdf).split())


def with_goal(plan: CarePlan, words: str, metric: str, target: int, by: Any) -> CarePlan:
    first = FirstVisit.objects.get(episode=plan.episode).visit_on
    value = Measurement.objects.get(metric=metric).value
    goal = Goal.model_validate(
        {"words": words, "metric": metric, "baseline": value, "target": target, "from_on": first,
         "by_on": first + dt.timedelta(weeks=7)}
    )  # fmt: skip
    steps = (Step(title="Trial", weeks=6, starts_on=first, metric=metric, threshold=target,
                  then="second_look", patient_words="After six weeks we look again."),)  # fmt: skip
    plan = revise(plan=plan, part="goal", value=goal, base=plan.head, by=by, now=now())
    return revise(plan=plan, part="pathway", value=Pathway(steps=steps), base=plan.head, by=by,
                  now=now())  # fmt: skip


def test_the_warehouse_manager(stack: Stack, physician: Tell) -> None:
    page = physician(stack.cast.okafor, "Low back pain with left leg pain", "low_back", "left")
    answer(page, "history", pain_below_knee__left="yes")
    with page.expect_response(re.compile("/neuro/$")):
        page.locator("#form-neuro").get_by_role("button", name="The rest is normal").click()
    expect(page.locator("[name='a:S1_strength.left']")).to_have_value("5")
    answer(page, "provocation", slr__left="positive")
    answer(page, "direction", repeated_extension="centralizes")
    found = page.locator("#visit-found .proposal h3").first
    expect(found).to_have_text("Lumbar radicular pain")

    page.locator("[name='t:standing_tolerance_min']").fill("not long")
    page.locator("#form-limits").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#note-limits")).to_contain_text("cannot be measured or compared")
    page.locator("[name='t:standing_tolerance_min']").fill("10 minutes")
    page.locator("[name='d:standing_tolerance_min:stop']").fill("pins and needles in the calf")
    page.locator("[name='b:standing_tolerance_min']").select_option("capacity")
    save(page, "limits")
    page.get_by_role("button", name="Take up: Lumbar radicular pain").click()
    expect(page.locator("[name='rows-0-line']")).to_have_value("Lumbar radicular pain, left")

    plan = sign_and_plan(page)
    assert plan.lane == "radicular_lumbar"
    assert Measurement.objects.get(metric="standing_tolerance_min").value == 10
    expect(page.get_by_label("Where it starts")).to_have_value("10")
    words = "Stand and work 45 minutes without leg pain"
    text = sheet_of(page, with_goal(plan, words, "standing_tolerance_min", 45, stack.cast.amin))
    for part in (words, "What comes next", "After six weeks we look again", "Your visits"):
        assert part in text, (part, text)


def test_the_gardener(stack: Stack, physician: Tell) -> None:
    page = physician(stack.cast.hale, "Both knees", "knee", "both")
    answer(page, "history", stairs_pain__left="yes", stairs_pain__right="yes")
    answer(page, "falls", worried_about_falling="yes", fell="no", feels_unsteady="no")
    expect(page.locator("#visit-found")).to_contain_text("Worries about falling")
    answer(page, "provocation", joint_line__left="positive", joint_line__right="positive")
    page.locator("[name='t:sts_reps']").fill("5")
    page.locator("[name='d:sts_reps:chair']").fill("17")
    page.locator("[name='b:sts_reps']").select_option("both")
    save(page, "limits")
    page.get_by_role("button", name="Take up: Knee osteoarthritis").click()
    expect(page.locator("[name='rows-0-standing']")).to_have_value("chosen")

    plan = sign_and_plan(page)
    row = Measurement.objects.get(metric="sts_reps")
    assert plan.lane == "knee_oa" and row.value == 5 and row.details == {"chair": "17"}
    page.goto(f"/patients/{stack.cast.hale.pk}/first-visit/")
    expect(page.locator("main")).to_contain_text("Fall risk")
    expect(page.locator("main")).to_contain_text("Worries about falling")
    words = "Garden two hours without paying for it on Monday"
    text = sheet_of(page, with_goal(plan, words, "sts_reps", 12, stack.cast.amin))
    for part in (words, "What comes next", "After six weeks we look again", "Your visits"):
        assert part in text, (part, text)
