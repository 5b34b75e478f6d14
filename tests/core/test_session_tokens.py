"""The cookie that means “signed in”: new with each sign-in, random, kept as the server's row."""

import json
import re
import subprocess
import sys

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from core.accounts import codes
from core.accounts.models import User
from tests.cast import NOW, PASSWORD
from tests.core.test_hardening_settings import ROOT, SOUND
from tests.core.test_sign_in import KEY, code, code_now, password
from tests.sessions import cookie_of, sign_in

pytestmark = pytest.mark.django_db
NAMES = [f"{kind}_COOKIE_{part}" for kind in ("SESSION", "CSRF")
         for part in ("NAME", "SECURE", "HTTPONLY", "SAMESITE")]  # fmt: skip


@pytest.fixture
def ana(cast):
    with time_machine.travel(NOW, tick=False):
        cast.ana.set_password(PASSWORD)
        cast.ana.save()
        codes.enrol(user=cast.ana, secret=KEY)
        yield cast.ana


def test_signing_in_makes_a_new_token_and_ends_the_one_before(ana):
    browser = Client()
    browser.get("/sign-in/")
    password(browser, ana)
    half = cookie_of(browser)
    assert Client(headers={"Cookie": f"session={half}"}).get("/today/").status_code == 302
    code(browser, code_now())
    whole = cookie_of(browser)
    assert browser.get("/today/").status_code == 200 and whole != half
    assert not Session.objects.filter(pk=half).exists()


def test_a_token_somebody_planted_is_not_taken_over(ana):
    planted, browser = "a" * 32, Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted
    password(browser, ana)
    code(browser, code_now())
    assert browser.get("/today/").status_code == 200 and cookie_of(browser) != planted
    assert Client(headers={"Cookie": f"session={planted}"}).get("/today/").status_code == 302


def test_tokens_are_long_random_and_never_the_same(cast):
    found = {cookie_of(sign_in(Client(), cast.ana)) for _ in range(20)}
    assert len(found) == 20
    assert all(re.fullmatch("[a-z0-9]{32}", token) for token in found), "165 bits each"
    assert Session.objects.filter(pk__in=found).count() == 20, "A mark on the server, no content."


def test_a_token_that_is_nobodys_opens_nothing(cast):
    opened = sign_in(Client(), cast.ana)
    assert opened.get("/today/").status_code == 200
    for token in ("x" * 32, "", cookie_of(opened)[:-1], cookie_of(opened).upper()):
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = token
        assert browser.get("/today/").status_code == 302, token


def test_cookies_of_production_are_this_hosts_alone(ana):
    words = (
        f"import config.settings as s, json; print(json.dumps([getattr(s, n) for n in {NAMES}]))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True,
                          check=True, env={"PATH": "", **SOUND})  # fmt: skip
    production = dict(zip(NAMES, json.loads(done.stdout), strict=True))
    with override_settings(**production):
        browser = Client()
        sent = (
            browser.get("/sign-in/", secure=True).cookies
            | password(browser, ana, secure=True).cookies
        )
    assert set(sent) == {"__Host-session", "__Host-csrf"}
    for name, cookie in sent.items():
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/" and not cookie["domain"], name
        assert len(name) + len(cookie.value) < 4096


def test_signing_in_leads_to_no_other_site(ana):
    browser = Client()
    typed = {"login": ana.email, "password": PASSWORD, "next": "https://evil.example/"}
    browser.post("/sign-in/?next=//evil.example/", typed)
    assert code(browser, code_now()).headers["Location"] == "/"


def test_password_managers_find_their_fields_and_nothing_stops_pasting(ana):
    page = Client().get("/sign-in/").content.decode()
    field = re.search(r"<input[^>]*name=\"password\"[^>]*>", page)[0]
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    own = sign_in(Client(), ana, at=NOW).get("/me/sign-in/password/").content.decode()
    new = re.findall(r"<input[^>]*name=\"password[12]\"[^>]*>", own)
    assert len(new) == 2 and all('type="password"' in field for field in new)
    assert all('autocomplete="new-password"' in field for field in new)
    assert "onpaste" not in page + own and "readonly" not in field


@pytest.mark.parametrize("typed", [PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1]])
def test_a_password_is_compared_as_typed(ana, typed):
    browser = Client()
    assert "Location" not in password(browser, ana, typed).headers
    assert password(browser, ana).headers["Location"] == "/sign-in/code/"


def test_secrets_of_the_second_factor_are_random_and_long(ana, cast):
    secrets = {generate_totp_secret() for _ in range(50)}
    assert len(secrets) == 50 and all(re.fullmatch("[A-Z2-7]{32}", s) for s in secrets), "160 bits"
    codes.enrol(user=cast.amin, secret=KEY)
    printed = [RecoveryCodes(row).get_unused_codes()
               for row in (codes.Authenticator.objects.filter(type="recovery_codes"))]  # fmt: skip
    assert len(printed) == 2 and not set(printed[0]) & set(printed[1])
    assert all(re.fullmatch("[0-9]{8}", each) for row in printed for each in row), "26 bits"


def test_a_new_installation_has_no_account_at_all():
    assert not User.objects.exists()
