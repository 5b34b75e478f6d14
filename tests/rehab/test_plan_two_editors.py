"""Two in one plan: nobody's words vanish, on the page and behind it."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict
from rehab.plan_body import Goal, Medication, Tolerance
from tests.cast import NOW
from tests.factories.plans import GOAL, THERAPY, WRITTEN, Planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("goal", GOAL)
        yield made


def change(part, **more):
    return part.model_copy(update=more)


def test_different_parts_are_both_kept(cast, story):
    base = story.plan.head
    story.write("tolerance", WRITTEN["tolerance"], base=base)
    story.write("medication", WRITTEN["medication"], base=base, by=cast.ruiz)
    assert story.body.tolerance == WRITTEN["tolerance"]
    assert story.body.medication == WRITTEN["medication"]


def test_different_fields_of_one_part_are_both_kept(cast, story):
    base = story.plan.head
    story.write("goal", change(GOAL, words="Stand all day"), base=base)
    story.write("goal", change(GOAL, target=Decimal(60)), base=base, by=cast.ruiz)
    assert (story.body.goal.words, story.body.goal.target) == ("Stand all day", Decimal(60))


def test_the_same_field_is_shown_with_both_texts(cast, story):
    base = story.plan.head
    story.write("goal", change(GOAL, words="Stand all day"), base=base)
    with pytest.raises(Conflict) as found:
        story.write("goal", change(GOAL, words="Sit through a film"), base=base, by=cast.ruiz)
    assert found.value.versions == [
        ("Goal, in the patient’s words", "Sit through a film", "Stand all day")
    ]
    assert (found.value.who, found.value.version) == ("Leila Amin", story.plan.head)
    assert story.body.goal.words == "Stand all day"


def test_the_same_words_typed_twice_are_no_quarrel(cast, story):
    base, head = story.plan.head, story.plan.head + 1
    for who in (cast.amin, cast.ruiz):
        story.write("goal", change(GOAL, words="Stand all day"), base=base, by=who)
    assert story.plan.head == head


def test_ones_own_all_the_same_overwrites_only_what_one_changed(cast, story):
    """Amin changed words and target; Ruiz, in an older form, the words alone."""
    base = story.plan.head
    story.write("goal", change(GOAL, words="Stand all day", target=Decimal(60)), base=base)
    mine = change(GOAL, words="Sit through a film")
    story.write("goal", mine, base=base, seen=story.plan.head, by=cast.ruiz)
    assert (story.body.goal.words, story.body.goal.target) == ("Sit through a film", Decimal(60))


def test_what_came_after_one_looked_is_looked_at_again(cast, story):
    base = story.plan.head
    story.write("goal", change(GOAL, words="Stand all day"), base=base)
    seen = story.plan.head
    story.write("goal", change(GOAL, words="Walk the dog"))
    with pytest.raises(Conflict) as found:
        story.write("goal", change(GOAL, words="Sit"), base=base, seen=seen, by=cast.ruiz)
    assert found.value.versions[0][1:] == ("Sit", "Walk the dog")


def test_merged_words_are_judged_as_one(cast, story):
    """Each alone could be followed; together they could not."""
    base = story.plan.head
    story.write("goal", change(GOAL, baseline=Decimal(44)), base=base)
    with pytest.raises(Exception, match="worse than the start"):
        story.write("goal", change(GOAL, target=Decimal(40)), base=base, by=cast.ruiz)


class Form(HTMLParser):
    """The fields of the form that saves one's own all the same."""

    def __init__(self, page):
        super().__init__()
        self.fields, self.on = {}, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.on = self.on or (tag == "form" and found.get("class") == "actions")
        if self.on and tag == "input" and found.get("name"):
            self.fields[found["name"]] = found["value"]

    def handle_endtag(self, tag):
        self.on = self.on and tag != "form"


def test_save_mine_on_the_page(cast, as_user, story):
    address = reverse("rehab:part", args=[story.pk, "goal"])
    base = str(story.plan.head)
    typed = {"words": "Sit through a film", "metric": GOAL.metric, "from_on": "2026-11-24",
             "baseline": "10", "target": "45", "by_on": "2027-01-12", "version": base,
             "was_head": base, "phases-0-from_week": "1",
             "phases-0-words_then": GOAL.phases[0].words_then, "phases-1-from_week": "4",
             "phases-1-words_then": GOAL.phases[1].words_then}  # fmt: skip
    story.write("goal", change(GOAL, words="Stand all day", target=Decimal(60)))
    browser = as_user(cast.ruiz)
    answer = browser.post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Leila Amin" in page
    assert "Sit through a film" in page and "Stand all day" in page
    again = Form(page).fields
    assert again["version"] == str(story.plan.head) and again["was_head"] == base
    assert browser.post(address, again).status_code == 302
    assert (story.body.goal.words, story.body.goal.target) == ("Sit through a film", Decimal(60))


def test_an_order_merges_field_by_field_too(cast, story):
    story.write("therapy", THERAPY)
    base = story.plan.head
    story.write("therapy", change(THERAPY, per_week=3), base=base)
    story.write("therapy", change(THERAPY, stop=("The foot drops",)), base=base, by=cast.ruiz)
    assert (story.body.therapy.per_week, story.body.therapy.stop) == (3, ("The foot drops",))


def test_an_emptied_part_against_a_changed_one(cast, story):
    story.write("medication", WRITTEN["medication"])
    base = story.plan.head
    story.write("medication", Medication(lines=("naproxen 500 mg",)), base=base)
    with pytest.raises(Conflict) as found:
        story.write("medication", Medication(), base=base, by=cast.ruiz)
    assert found.value.versions == [("Medication", "nothing", "naproxen 500 mg")]
    story.write("goal", Goal(), base=base)
    assert story.body.goal == Goal() and story.body.tolerance == Tolerance()
