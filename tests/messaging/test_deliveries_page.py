"""The Deliveries page: what waits for a decision comes first, and a manager decides there."""

import pytest

from messaging.models import Delivery
from tests.messaging.test_delivery_settling import WHY, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def uncertain(cast):
    return in_state(cast, "uncertain")


def address(row, then=""):
    return f"/deliveries/{row.pk}/{then}"


def badge_of(browser):
    text = browser.get("/today/").content.decode()
    start = text.index('href="/deliveries/"')
    return text[start : text.index("</a>", start)]


def test_what_waits_for_a_decision_comes_first_and_is_counted(cast, as_user):
    rows = [in_state(cast, state) for state in ("uncertain", "dead", "held")]
    sent = in_state(cast, "sent")
    browser = as_user(cast.cole)
    page = browser.get("/deliveries/").content.decode()
    decide, _, everything = page.partition("Deliveries by state")
    assert all(address(row) in decide for row in rows) and address(sent) not in decide
    assert address(sent) in everything
    assert '3<span class="visually-hidden"> to decide' in badge_of(browser)
    assert "to decide" not in badge_of(as_user(cast.mora))  # the other clinic's manager


def test_a_manager_retries_and_the_page_says_who_and_why(cast, as_user, uncertain):
    browser = as_user(cast.cole)
    assert "may or may not have it" in browser.get(address(uncertain)).content.decode()
    answer = browser.post(
        address(uncertain, "settle"), {"action": "retry", "reason": WHY, "version": 1}, follow=True
    )
    page = answer.content.decode()
    assert answer.status_code == 200 and "sent again" in page
    assert "Dana Cole" in page and WHY in page
    uncertain.refresh_from_db()
    assert uncertain.state == "pending"
    assert "to decide" not in badge_of(browser)


def test_a_stale_page_shows_both_and_keeps_the_words(cast, as_user, uncertain):
    browser, form = as_user(cast.cole), {"action": "cancel", "reason": WHY, "version": 1}
    browser.post(address(uncertain, "settle"), form | {"action": "mark_delivered"})
    late = browser.post(address(uncertain, "settle"), form | {"reason": "nobody needs it now"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "nobody needs it now" in page and WHY in page
    assert Delivery.objects.get(pk=uncertain.pk).state == "sent"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "٣"])
def test_a_form_without_a_version_changes_nothing(cast, as_user, uncertain, version):
    form = {"action": "cancel", "reason": WHY, "version": version}
    assert as_user(cast.cole).post(address(uncertain, "settle"), form).status_code == 409
    assert Delivery.objects.get(pk=uncertain.pk).state == "uncertain"


def test_only_a_manager_of_the_clinic_decides(cast, as_user, uncertain):
    form = {"action": "cancel", "reason": WHY, "version": 1}
    assert as_user(cast.mora).post(address(uncertain, "settle"), form).status_code == 404
    for who in (cast.ana, cast.amin, cast.daniel):
        assert as_user(who).post(address(uncertain, "settle"), form).status_code == 403
    assert Delivery.objects.get(pk=uncertain.pk).state == "uncertain"
    assert as_user(cast.cole).post(address(uncertain, "settle"), form).status_code == 302
    assert Delivery.objects.get(pk=uncertain.pk).state == "cancelled"


def test_all_held_are_decided_by_one_form(cast, as_user):
    rows = [in_state(cast, "held") for _ in range(2)]
    browser = as_user(cast.cole)
    page = browser.get("/deliveries/").content.decode()
    assert "Held back since the restore: 2" in page
    form = {"action": "release", "reason": WHY, "seen": "2"}
    assert "2 released" in browser.post("/deliveries/held", form, follow=True).content.decode()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    assert browser.post("/deliveries/held", form).status_code == 409  # sent twice
    assert Delivery.objects.filter(pk__in=[r.pk for r in rows], version=2).count() == 2
