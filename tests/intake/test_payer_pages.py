"""Payers on the screen: filtered by address, conflicts said, checked, added, changed by two."""

import html
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.people.models import Payer
from core.people.services.payers import PayerFacts, add_payer
from core.protocols.services import load
from intake.models import PayerPolicy
from intake.payers.services import load_policies
from tests.cast import NOW

pytestmark = pytest.mark.django_db
LIST = "/library/payers/"


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def version(cast):
    row, _ = load(kind="payer_policies", now=NOW)
    load_policies(now=NOW)
    return row


@pytest.fixture
def blue(cast, version):
    facts = PayerFacts("Blue Shield", "commercial_erisa", phone="312 555 0199")
    return add_payer(clinic=cast.riverside, wanted=facts, by=cast.park, now=NOW)


def page(answer, code=200):
    assert answer.status_code == code, answer.content.decode()[:2000]
    return html.unescape(answer.content.decode())


def form(**more):
    empty = dict.fromkeys(("phone", "fax", "portal", "code", "note"), "")
    return {"form_key": str(uuid.uuid4()), "active": "yes", **empty, **more}


def test_the_list_with_our_payers_under_their_class(cast, blue, as_user):
    shown = page(as_user(cast.ana).get(LIST))
    assert shown.count("Blue Shield") == 1 and "Workers' compensation" in shown
    assert "never says that a service is covered" in shown and "never checked here" in shown
    assert "Blue Shield" not in page(as_user(cast.zoe).get(LIST)), "another clinic’s list"
    assert "Blue Shield" not in page(as_user(cast.berg).get(LIST)), "a partner practice’s"


def test_the_filters_stand_in_the_address(cast, blue, as_user):
    browser = as_user(cast.ana)
    one = page(browser.get(LIST, {"class": "self_pay"}))
    assert "/library/payers/self_pay/" in one and "/library/payers/qhp_ffe/" not in one
    some = page(browser.get(LIST, {"service": "knee_ha"}))
    assert "/library/payers/medicare_ffs/" in some and "/library/payers/self_pay/" not in some
    assert "/library/payers/qhp_ffe/" in page(browser.get(LIST, {"class": "x", "service": "y"}))


def test_before_rules_are_loaded(cast, as_user):
    assert "not loaded" in page(as_user(cast.ana).get(LIST))
    assert "No rules here" in page(as_user(cast.ana).get(f"{LIST}self_pay/"))
    page(as_user(cast.ana).get(f"{LIST}nobody/"), 404)


def test_a_class_shows_figures_sources_and_that_they_disagree(cast, version, as_user):
    shown = page(as_user(cast.ruiz).get(f"{LIST}medicare_advantage/"))
    for words in ("at most 65 calendar days", "at most 60 calendar days", "Sources disagree",
                  "at most 72 hours", "the date on the denial notice", "ma-65", "Not verified",
                  "clinic default, needs sign-off", "In effect from Thu 1 Jan 2026"):  # fmt: skip
        assert words in shown, words
    assert "I compared these" not in shown, "who keeps no list of payers checks none"
    one = page(as_user(cast.ruiz).get(f"{LIST}medicare_advantage/", {"service": "appeal"}))
    assert "at most 65 calendar days" in one and "usual answer" not in one
    assert "at most 7 business days" not in one, "one service at a time"
    esi = page(as_user(cast.ruiz).get(f"{LIST}medicare_advantage/", {"service": "esi"}))
    assert "at most 4 sessions in 12 months" in esi and "at most 65 calendar days" not in esi


def test_every_page_stays_small(cast, version, as_user):
    browser = as_user(cast.park)
    addresses = [f"{LIST}{c}/" for c in ("medicare_ffs_wiser", "commercial_erisa")]
    addresses += [f"{a}?service={s}" for a in addresses for s in ("esi", "facet_mbb_rfa")]
    addresses += [f"/library/{version.pk}/", f"/library/{version.pk}/?service=facet_mbb_rfa"]
    for address in addresses:
        size = len(browser.get(address).content)
        assert 8_000 < size < 60 * 1024, (address, size)


def test_marked_as_checked_today(cast, version, as_user):
    browser = as_user(cast.park)
    assert "I compared these" in page(browser.get(f"{LIST}self_pay/"))
    said = {"service": "estimate", "shown": str(version.pk), "form_key": str(uuid.uuid4())}
    assert browser.post(f"{LIST}self_pay/checked", said).status_code == 302
    shown = page(as_user(cast.ruiz).get(f"{LIST}self_pay/"))
    assert "last checked Tue 24 Nov 2026 by Jo Park" in shown
    old = said | {"shown": str(uuid.uuid4()), "form_key": str(uuid.uuid4())}
    assert "older version" in page(browser.post(f"{LIST}self_pay/checked", old), 409)
    page(as_user(cast.ruiz).post(f"{LIST}self_pay/checked", said), 403)
    assert PayerPolicy.objects.filter(last_checked_on__isnull=False).count() == 4


def test_added_refused_then_corrected(cast, version, as_user):
    browser, address = as_user(cast.park), reverse("intake:add_payer")
    assert 'value="self_pay" selected' in page(browser.get(address, {"class": "self_pay"}))
    answer = page(browser.post(address, form(name="Gold Plan", payer_class="")), 422)
    assert "Choose the class" in answer and "Gold Plan" in answer
    done = browser.post(address, form(name="Gold Plan", payer_class="qhp_ffe"))
    assert done.url == reverse("intake:payer", args=[Payer.objects.get().pk])
    page(as_user(cast.ruiz).get(address), 403)


def test_a_known_name_leads_to_its_payer(cast, blue, as_user):
    answer = as_user(cast.park).post(
        reverse("intake:add_payer"), form(name="BLUE shield", payer_class="self_pay")
    )
    shown = page(answer, 422)
    assert "on the list already" in shown and reverse("intake:payer", args=[blue.pk]) in shown
    assert "BLUE shield" in shown and Payer.objects.count() == 1


def changing(blue, **more):
    saved = {"name": blue.name, "payer_class": blue.payer_class, "phone": "(312) 555-0199",
             "fax": "", "portal": "", "code": "", "note": ""}  # fmt: skip
    was = {f"was_{key}": value for key, value in saved.items()} | {"was_active": "yes"}
    return form(**(saved | was | {"version": str(blue.version)} | more))


def test_changed_and_deactivated(cast, blue, as_user):
    browser, address = as_user(cast.park), reverse("intake:change_payer", args=[blue.pk])
    shown = page(browser.get(reverse("intake:payer", args=[blue.pk])))
    assert "Change this payer" in shown and "at most 180 calendar days" in shown
    wrong = page(browser.post(address, changing(blue, portal="blue", note="Ask for Kim")), 422)
    assert "whole address" in wrong and "Ask for Kim" in wrong
    off = changing(blue, note="Ask for Kim")
    del off["active"]
    assert browser.post(address, off).status_code == 302
    blue.refresh_from_db()
    assert (blue.active, blue.note, blue.phone) == (False, "Ask for Kim", "+13125550199")
    seen = page(as_user(cast.ruiz).get(reverse("intake:payer", args=[blue.pk])))
    assert "not in use" in seen and "Change this payer" not in seen


def test_two_editors_both_read_both(cast, blue, as_user):
    address = reverse("intake:change_payer", args=[blue.pk])
    assert as_user(cast.cole).post(address, changing(blue, code="111")).status_code == 302
    shown = page(as_user(cast.park).post(address, changing(blue, code="222")), 409)
    assert "111" in shown and "222" in shown and "Dana Cole" in shown
    blue.refresh_from_db()
    assert blue.code == "111"
    again = changing(blue, code="222")
    assert as_user(cast.park).post(address, again).status_code == 302
    page(as_user(cast.park).post(address, changing(blue, version="")), 422)


@pytest.mark.parametrize("who", ["zoe", "mora", "berg"])
def test_an_outsider_finds_nothing(cast, blue, as_user, who):
    browser = as_user(getattr(cast, who))
    page(browser.get(reverse("intake:payer", args=[blue.pk])), 404)
    code = 403 if who == "berg" else 404
    page(browser.post(reverse("intake:change_payer", args=[blue.pk]), changing(blue)), code)
