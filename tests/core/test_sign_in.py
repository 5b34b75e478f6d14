"""Ana signs in: password, then the code of her phone; nothing of the clinic shows before both."""

import datetime as dt

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from core.accounts import codes, sessions, vault
from core.audit.models import AuditEvent
from tests.cast import NOW, PASSWORD
from tests.guards import routes
from tests.sessions import sign_in

pytestmark = pytest.mark.django_db
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def ana(cast, clock):
    cast.ana.set_password(PASSWORD)
    cast.ana.save()
    codes.enrol(user=cast.ana, secret=KEY)
    return cast.ana


def password(client, user, typed=PASSWORD, **more):
    data = {"login": user if isinstance(user, str) else user.email, "password": typed}
    return client.post("/sign-in/", data, **more)


def code_now(steps=0):
    from core.lib.clock import now

    return codes.code_at(KEY, codes.counter_at(now()) + steps)


def code(client, typed):
    return client.post("/sign-in/code/", {"code": typed})


def actions(user):
    rows = AuditEvent.objects.filter(object_id=str(user.pk)).order_by("pk")
    return [(e.action, e.outcome) for e in rows]


def test_password_then_code_opens_the_first_page(ana):
    browser = Client()
    assert password(browser, ana).headers["Location"] == "/sign-in/code/"
    assert browser.get("/today/").status_code == 302, "The password alone opens nothing."
    assert code(browser, code_now()).headers["Location"] == "/"
    assert browser.get("/today/").status_code == 200
    assert ("sign_in", "done") in actions(ana)
    assert UserSession.objects.get(user=ana).session_key == browser.session.session_key
    marks = (sessions.SIGNED_IN, sessions.ACTIVE, sessions.CONFIRMED, sessions.FACTOR)
    assert [browser.session[mark] for mark in marks] == [NOW.timestamp()] * 4


@pytest.mark.parametrize("typed", ["000000", "", "12345", "abcdef", "٠١٢٣٤٥"])
def test_a_wrong_code_opens_nothing(ana, typed):
    browser = Client()
    password(browser, ana)
    answer = code(browser, typed)
    assert answer.status_code == 200 and browser.get("/today/").status_code == 302
    if typed:
        assert ("second_factor", "refused") in actions(ana)


def test_a_code_works_once_and_a_flushed_cache_changes_nothing(ana, clock):
    from django.core.cache import cache

    used = code_now()
    first, second = Client(), Client()
    for browser in (first, second):
        password(browser, ana)
    code(first, used)
    assert first.get("/today/").status_code == 200
    cache.clear()
    code(second, used)
    assert second.get("/today/").status_code == 302
    clock.shift(dt.timedelta(seconds=30))
    code(second, code_now())
    assert second.get("/today/").status_code == 200


def test_a_phone_may_be_half_a_minute_off_but_no_more(ana):
    for steps, opens in ((-2, False), (2, False), (-1, True), (1, True)):
        Authenticator.objects.filter(type="totp").update(data={"secret": vault.encrypt(KEY)})
        assert bool(codes.accept(user=ana, code=code_now(steps), now=NOW)) is opens, steps


def test_a_printed_code_works_once(ana):
    printed = Authenticator.objects.get(user=ana, type="recovery_codes").wrap().get_unused_codes()
    for browser, opens in ((Client(), True), (Client(), False)):
        password(browser, ana)
        code(browser, printed[0])
        assert (browser.get("/today/").status_code == 200) is opens
    assert ("use_recovery_code", "done") in actions(ana)
    assert codes.codes_left(ana) == len(printed) - 1


def test_without_a_second_factor_staff_reach_only_sign_in_and_enrolment(cast):
    """The whole URLconf: a route that is not about signing in leads to enrolment, or refuses."""
    from tests.guards.world import World

    world = World(cast)
    browser = sign_in(Client(), cast.amin, factor=False)
    asked = 0
    for door in routes.doors():
        address = reverse(door.name, kwargs=world.ids(door.name, door.takes, cast.amin))
        answer = getattr(browser, door.method)(address)
        asked += 1
        if door.is_api:
            assert answer.status_code == 403, str(door)
            assert "second step" in answer.json()["detail"], str(door)
        else:
            assert answer.status_code == 302, f"{door}: {answer.status_code}"
            assert answer.headers["Location"] == "/me/sign-in/phone/", str(door)
    assert asked > 50
    for address in ("/me/sign-in/phone/", "/sign-out/"):
        assert browser.get(address).status_code == 200
    for address in ("/me/sign-in/", "/me/sign-in/codes/", "/me/sign-in/password/"):
        assert browser.get(address).headers["Location"] == "/me/sign-in/phone/"
    passed = sign_in(Client(), cast.amin)
    assert passed.get("/today/").status_code == 200


def test_a_fragment_moves_the_whole_page_to_enrolment(cast):
    browser = sign_in(Client(), cast.amin, factor=False)
    answer = browser.get("/flags/now", headers={"HX-Request": "true"})
    assert answer.status_code == 204 and answer.headers["HX-Redirect"] == "/me/sign-in/phone/"


def test_patients_are_offered_a_factor_and_forced_when_the_clinic_says_so(cast, settings):
    browser = sign_in(Client(), cast.daniel, factor=False)
    assert browser.get("/portal/").status_code == 200
    settings.MFA_FOR_PATIENTS = True
    assert browser.get("/portal/").headers["Location"] == "/me/sign-in/phone/"


def test_setting_up_a_phone_shows_the_codes_once(cast, clock):
    browser = sign_in(Client(), cast.amin, at=NOW, factor=False)
    page = browser.get("/me/sign-in/phone/")
    page_text = page.content.decode()
    assert "data:image/svg+xml;base64," in page_text
    key = page_text.split('class="secret">')[1].split("<")[0].replace(" ", "")
    assert key not in str(Session.objects.get(pk=browser.session.session_key).get_decoded())
    wrong = browser.post("/me/sign-in/phone/", {"code": "000000"})
    assert wrong.status_code == 200 and browser.get("/today/").status_code == 302
    first = codes.code_at(key, codes.counter_at(NOW))
    right = browser.post("/me/sign-in/phone/", {"code": first})
    assert right.headers["Location"] == "/me/sign-in/codes/"
    shown = browser.get("/me/sign-in/codes/").content.decode()
    row = Authenticator.objects.get(user=cast.amin, type="recovery_codes")
    printed = row.wrap().get_unused_codes()
    assert all(f"{c[:4]} {c[4:]}" in shown for c in printed)
    again = browser.get("/me/sign-in/codes/").content.decode()
    assert not any(f"{c[:4]} {c[4:]}" in again for c in printed) and "10 of 10" in again
    assert browser.get("/today/").status_code == 200
    assert ("enrol_factor", "done") in actions(cast.amin)
    assert codes.accept(user=cast.amin, code=first, now=NOW) is None, "It is used up."


def test_the_database_holds_no_readable_secret(ana):
    totp = Authenticator.objects.get(user=ana, type="totp")
    recovery = Authenticator.objects.get(user=ana, type="recovery_codes")
    assert KEY not in str(totp.data) and vault.decrypt(totp.data["secret"]) == KEY
    assert not any(c in str(recovery.data) for c in recovery.wrap().get_unused_codes())


def test_keys_rotate(ana, settings):
    from cryptography.fernet import Fernet

    old, new = settings.SECRETS_KEYS[0], Fernet.generate_key().decode()
    settings.SECRETS_KEYS = [new, old]
    assert codes.accept(user=ana, code=code_now(), now=NOW)
    assert codes.rotate_secrets() >= 2
    settings.SECRETS_KEYS = [new]
    assert codes.accept(user=ana, code=code_now(1), now=NOW)
    settings.SECRETS_KEYS = [old]
    with pytest.raises(vault.InvalidToken):
        codes.accept(user=ana, code=code_now(1), now=NOW)


def test_somebody_switched_off_does_not_come_in(ana):
    ana.is_active = False
    ana.save()
    browser = Client()
    assert password(browser, ana).headers["Location"] == "/account-inactive/"
    assert browser.get("/sign-in/code/").status_code == 302
