"""The pages of a plan and of its parts: for whom, with what, and that markup stays words."""

import html
import re

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.people.services import open_episode
from outcomes.rules import Entry
from outcomes.services import record_measurement
from rehab.plan_body import PARTS, Medication, Tolerance
from tests.cast import NOW
from tests.factories.plans import GOAL, WRITTEN, Planned

pytestmark = pytest.mark.django_db
EVIL = '<script>alert(1)</script>{{ 7*7 }} ‘"&'


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        yield Planned(cast)


def part(story, name):
    return reverse("rehab:part", args=[story.pk, name])


def test_every_part_has_its_form_with_what_is_written(cast, as_user, story):
    story.write_all()
    browser = as_user(cast.ruiz)
    for name, title in PARTS.items():
        answer = browser.get(part(story, name))
        assert answer.status_code == 200 and title in html.unescape(answer.content.decode())
    page = browser.get(part(story, "goal")).content.decode()
    assert f'value="{GOAL.words}"' in page and 'value="45"' in page
    assert 'name="was_head" value="8"' in page and 'name="version" value="8"' in page
    assert browser.get(part(story, "colour")).status_code == 404


SAYS = {
    "hypothesis": "Leg pain centralizes", "tolerance": "Stands 10 minutes, then pins and needles",
    "goal": GOAL.words, "therapy": "Hip hinge with dowel", "pathway": "Directional therapy",
    "prior_care": "Two rounds of steroids", "medication": "gabapentin 300 mg at night",
    "work": "Light duty",
}  # fmt: skip


def test_the_plan_shows_every_part_to_who_reads_charts(cast, as_user, story):
    def page_of(name):
        answer = as_user(getattr(cast, name)).get(reverse("rehab:plan", args=[story.pk]))
        return html.unescape(answer.content.decode()).partition("<main")[2]

    assert SAYS.keys() == PARTS.keys()
    before = page_of("amin")
    assert [part for part, words in SAYS.items() if words in before] == ["hypothesis"]
    assert "Not written yet." in before
    story.write_all()
    for name in ("amin", "ruiz", "lang", "park"):
        page = page_of(name)
        assert [part for part, words in SAYS.items() if words not in page] == [], name
        assert "Not written yet." not in page
        assert (part(story, "goal") in page) == (name != "park"), name
    for name in ("ana", "cole"):
        assert as_user(getattr(cast, name)).get(
            reverse("rehab:plan", args=[story.pk])
        ).status_code == 403  # fmt: skip


def test_an_outsider_meets_nothing_of_it(cast, as_user, story):
    version = story.head
    addresses = [
        reverse("rehab:plan", args=[story.pk]), part(story, "goal"),
        reverse("rehab:plan_version", args=[version.pk]),
        reverse("rehab:changed", args=[story.ack(cast.ruiz).pk]),
        reverse("rehab:plans", args=[cast.okafor.pk]),
    ]  # fmt: skip
    for address in addresses:
        for outsider in (cast.quist, cast.berg):
            answer = as_user(outsider).get(address)
            assert answer.status_code == 404 and b"radicular" not in answer.content, address
        assert as_user(cast.amin).get(address).status_code == 200
    refused = AuditEvent.objects.filter(actor=cast.quist, outcome="refused")
    assert {"care_plan", "plan_version", "plan_ack"} <= set(
        refused.values_list("object_kind", flat=True)
    )


def test_words_stay_words(cast, as_user, story):
    story.write("tolerance", Tolerance(words=EVIL))
    story.write("medication", Medication(lines=(EVIL,)), why=EVIL)
    browser = as_user(cast.ruiz)
    for address in (
        reverse("rehab:plan", args=[story.pk]), part(story, "tolerance"),
        part(story, "medication"), reverse("rehab:plan_version", args=[story.head.pk]),
        reverse("rehab:changed", args=[story.ack(cast.ruiz).pk]),
    ):  # fmt: skip
        page = browser.get(address).content.decode()
        assert "<script>alert" not in page and "49 " not in page
        assert "{{ 7*7 }}" in html.unescape(page), address


def test_more_rows_keep_what_is_typed_and_save_nothing(cast, as_user, story):
    typed = {"lines": "", "version": "1", "was_head": "1", "more": "care", "care-0-what": "PT"}
    answer = as_user(cast.ruiz).post(part(story, "prior_care"), typed)
    page = answer.content.decode()
    assert answer.status_code == 200 and 'value="PT"' in page
    assert "care-2-what" in page and story.plan.head == 1


def test_the_goals_form_begins_where_the_ledger_stands(cast, as_user, story):
    record_measurement(
        patient=cast.okafor, metric="standing_tolerance_min", by=cast.ruiz, now=NOW,
        entry=Entry(value="12", details={"stop": "leg pain"}),
    )  # fmt: skip
    page = as_user(cast.ruiz).get(part(story, "goal")).content.decode()
    assert re.search(r'value="12"[^>]*name="baseline"', page)
    assert 'value="2026-11-24"' in page and "For example" in page
    assert story.body.goal == type(GOAL)()


def test_the_summarys_link_leads_to_the_rows_it_is_about(cast, as_user, story):
    typed = {"version": "1", "was_head": "1", "steps-0-then": "procedure"}
    answer = as_user(cast.ruiz).post(part(story, "pathway"), typed)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and 'href="#f-steps"' in page
    assert re.search(
        r'<fieldset[^>]*id="f-steps" tabindex="-1" aria-describedby="f-steps-error"', page
    )
    assert 'id="f-steps-error"' in page and page.count('id="f-steps"') == 1
    assert re.search(r'<option value="procedure" selected>', page)


def test_two_problems_are_listed_and_one_leads_to_its_plan(cast, as_user, story):
    browser, address = as_user(cast.ruiz), reverse("rehab:plans", args=[cast.okafor.pk])
    assert "What hurts and why" in browser.get(address).content.decode()
    open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    page = browser.get(address).content.decode()
    assert "Without a plan" in page and "Begin the plan" in page and "Left leg pain" in page
    park = as_user(cast.park).get(address).content.decode()
    assert "Without a plan" in park and "Begin the plan" not in park


def test_a_plan_begins_on_its_page(cast, as_user, story):
    episode = open_episode(patient=cast.okafor, problem="Neck", region="neck", by=cast.ana, now=NOW)
    address = reverse("rehab:start_plan", args=[cast.okafor.pk, episode.pk])
    browser = as_user(cast.ruiz)
    assert 'value="Neck"' in browser.get(address).content.decode()
    bad = browser.post(address, {"words": "Neck pain", "icd10": "neck"})
    page = html.unescape(bad.content.decode())
    assert bad.status_code == 422 and "“NECK” is no ICD-10 code" in page and "#f-icd10" in page
    done = browser.post(address, {"words": "Neck pain", "icd10": "m54.2", "side": ""})
    assert done.status_code == 302
    assert browser.get(done["Location"]).status_code == 200
    other = reverse("rehab:start_plan", args=[cast.hale.pk, episode.pk])
    assert browser.get(other).status_code == 404


def test_a_part_that_would_not_do_says_it_at_the_field(cast, as_user, story):
    typed = {"words": "Stand", "metric": GOAL.metric, "target": "", "version": "1", "was_head": "1"}
    answer = as_user(cast.ruiz).post(part(story, "goal"), typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Write the number to reach." in page
    assert 'aria-invalid="true"' in page and 'value="Stand"' in page
    assert story.body.goal != WRITTEN["goal"] and story.plan.head == 1
