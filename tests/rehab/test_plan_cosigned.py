"""What a therapist writes counts at once; a physician other than its author stands by it."""

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from rehab.models import PlanVersion
from rehab.plan_body import Tolerance
from rehab.selectors.fetching import row_for
from rehab.services.plans import cosign, end_plan
from tests.cast import NOW
from tests.factories.plans import GOAL, Planned, restricted
from tests.sessions import age_authentication

pytestmark = pytest.mark.django_db
STANDS = Tolerance(words="Stands 10 minutes")


@pytest.fixture
def story(cast):
    with time_machine.travel(NOW, tick=False):
        made = Planned(cast)
        made.write("tolerance", STANDS, by=cast.ruiz)
        yield made


def test_a_physicians_own_version_needs_none(cast, story):
    story.write("goal", GOAL)
    assert not story.head.cosign_needed
    with pytest.raises(Refused, match="needs no co-signature"):
        cosign(plan_version=story.head, by=cast.novak, now=NOW)


def test_a_therapists_counts_and_waits(cast, as_user, story):
    assert story.body.tolerance == STANDS and story.head.cosign_needed
    item = story.items("plan_cosign").get()
    assert item.owner_role == "physician" and item.reason == "Version 2 of the plan"
    page = as_user(cast.ruiz).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    assert "Waits for a physician’s co-signature" in page and "It counts already" in page
    assert (
        reverse("rehab:plan_version", args=[story.head.pk])
        in as_user(cast.amin).get(reverse("home:today")).content.decode()
    )


def test_it_waits_although_a_later_version_needs_no_signature(cast, as_user, story):
    """Hallway repeats a limit, Amin writes the goal: Ruiz's version is older, and waits."""
    waits = reverse("rehab:plan_version", args=[story.head.pk])
    restricted(cast, by=None, source="procedure", source_words="Injection, 24 Nov")
    story.write("goal", GOAL)
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    notice = page.split("Waits for a physician’s co-signature")[1].split("</div>")[0]
    assert "Version 2 was written by Lena Ruiz" in notice and waits in notice
    story.write("tolerance", Tolerance(words="Stands 15 minutes"), by=cast.ruiz)
    newest = reverse("rehab:plan_version", args=[story.head.pk])
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    assert newest in page.split("Waits for a physician’s co-signature")[1].split("</div>")[0]
    for number in (2, story.plan.head):
        cosign(plan_version=story.plan.versions.get(number=number), by=cast.amin, now=NOW)
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    assert "Waits for a physician’s co-signature" not in page


def test_the_physician_signs_on_its_page(cast, as_user, story):
    browser, address = as_user(cast.amin), reverse("rehab:plan_version", args=[story.head.pk])
    assert "Co-sign" in browser.get(address).content.decode()
    answer = browser.post(reverse("rehab:cosign", args=[story.head.pk]))
    assert answer.status_code == 302 and answer["Location"] == address
    assert (story.head.cosigned_by, story.head.cosigned_at) == (cast.amin, NOW)
    assert not story.items("plan_cosign").exists()
    page = browser.get(address).content.decode()
    assert "Waiting for a physician" not in page and "Leila Amin" in page


def test_the_password_is_asked_again(cast, as_user, story):
    browser = as_user(cast.amin)
    age_authentication(browser)
    assert browser.post(reverse("rehab:cosign", args=[story.head.pk])).status_code == 403
    assert story.head.cosigned_at is None


def test_twice_is_once_and_a_second_physician_is_told(cast, story):
    first = cosign(plan_version=story.head, by=cast.amin, now=NOW)
    again = cosign(plan_version=story.head, by=cast.amin, now=NOW)
    assert first == again
    with pytest.raises(Conflict, match="Leila Amin has co-signed"):
        cosign(plan_version=story.head, by=cast.novak, now=NOW)
    assert story.head.cosigned_by == cast.amin


def test_who_may_not(cast, as_user, story):
    for name in ("ruiz", "lang", "cole", "ana"):
        with pytest.raises(Forbidden):
            cosign(plan_version=story.head, by=getattr(cast, name), now=NOW)
    with pytest.raises(NotFound):
        row_for(PlanVersion, cast.quist, story.head.pk, now=NOW)
    mine = PlanVersion.objects.get(pk=story.head.pk)
    mine.made_by = cast.amin
    mine.save()
    with pytest.raises(Forbidden, match="A colleague co-signs"):
        cosign(plan_version=mine, by=cast.amin, now=NOW)
    page = as_user(cast.ruiz).get(reverse("rehab:plan_version", args=[mine.pk])).content.decode()
    assert reverse("rehab:cosign", args=[mine.pk]) not in page
    assert cosign(plan_version=mine, by=cast.novak, now=NOW).cosigned_by == cast.novak


def test_each_version_waits_for_itself_and_outlives_the_plan(cast, story):
    first = story.head
    story.write("goal", GOAL, by=cast.ruiz)
    assert story.items("plan_cosign").count() == 2
    cosign(plan_version=story.head, by=cast.amin, now=NOW)
    assert story.items("plan_cosign").get().subject_id == first.pk
    end_plan(plan=story.plan, reason="moved away", by=cast.amin, now=NOW,
             version=story.plan.version)  # fmt: skip
    assert cosign(plan_version=first, by=cast.amin, now=NOW).cosigned_at == NOW
    assert not story.items("plan_cosign").exists()
