"""Signing off a protocol: after five minutes Amin proves again who she is, and loses no word."""

import datetime as dt

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST

from config.urls import urlpatterns as real
from core.accounts import codes
from core.accounts.access import Access, requires
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.protocols.models import ProtocolVersion
from tests.cast import NOW, PASSWORD
from tests.core.test_sign_in import KEY, code_now
from tests.guards.routes import patterns
from tests.sessions import age_authentication, sign_in

SEEN = []


@requires(Perm.PROTOCOL_SIGN_OFF, reauth=True)
def probe(request):
    SEEN.append((request.method, request.POST.dict(), request.POST.getlist("step")))
    return HttpResponse("went on")


urlpatterns = [
    *real,
    path("probe/", probe, name="probe"),
    path("probe/post/", requires(Perm.PROTOCOL_SIGN_OFF, reauth=True)(require_POST(probe))),
]
handler404 = "config.home.errors.not_found"
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
FIELDS = {"words": "I read <b>it</b>", "step": ["1", "2"]}


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def amins(cast, clock):
    SEEN.clear()
    cast.amin.set_password(PASSWORD)
    cast.amin.save()
    return sign_in(Client(), cast.amin, at=NOW)


def stale(clock):
    clock.shift(dt.timedelta(minutes=5))


def test_within_five_minutes_nobody_asks(amins, clock):
    clock.shift(dt.timedelta(minutes=4, seconds=59))
    assert amins.post("/probe/", FIELDS).content == b"went on"
    clock.shift(dt.timedelta(seconds=1))
    assert amins.post("/probe/", FIELDS).status_code == 403


def test_the_password_lets_the_form_go_on_with_its_own_fields(amins, clock):
    stale(clock)
    asked = amins.post("/probe/", FIELDS)
    page = asked.content.decode()
    assert asked.status_code == 403 and "Confirm it is you" in page and not SEEN
    assert 'name="words" value="I read &lt;b&gt;it&lt;/b&gt;"' in page
    assert page.count('name="step"') == 2
    went_on = amins.post("/probe/", FIELDS | {"confirm_secret": PASSWORD})
    assert went_on.content == b"went on"
    assert [("POST", {"words": FIELDS["words"], "step": "2"}, ["1", "2"])] == SEEN
    assert amins.post("/probe/", FIELDS).content == b"went on", "Good for five minutes."
    assert AuditEvent.objects.filter(action="confirm", outcome="done").count() == 1


def test_a_code_does_as_well_and_only_once(amins, cast, clock):
    codes.enrol(user=cast.amin, secret=KEY)
    stale(clock)
    used = code_now()
    assert amins.post("/probe/", {"confirm_secret": used}).status_code == 200
    age_authentication(amins)
    assert amins.post("/probe/", {"confirm_secret": used}).status_code == 403


@pytest.mark.parametrize("typed", ["", "wrong-horse-battery", "123456", "x" * 5000])
def test_a_wrong_one_keeps_the_fields_and_the_view_is_not_reached(amins, clock, typed):
    stale(clock)
    answer = amins.post("/probe/", FIELDS | {"confirm_secret": typed})
    page = answer.content.decode()
    assert answer.status_code == 403 and "That is not right" in page and not SEEN
    assert 'name="words"' in page and "wrong-horse" not in page
    assert AuditEvent.objects.filter(action="confirm", outcome="refused").exists()


def test_wrong_ones_count_to_the_lockout(amins, clock):
    stale(clock)
    for _ in range(5):
        amins.post("/probe/", {"confirm_secret": "wrong-horse-battery"})
    answer = amins.post("/probe/", {"confirm_secret": PASSWORD})
    assert answer.status_code == 403 and "Too many wrong tries" in answer.content.decode()
    assert not SEEN


def test_a_link_is_followed_after_it(amins, clock):
    stale(clock)
    page = amins.get("/probe/?part=2").content.decode()
    assert 'action="/probe/?part=2"' in page and 'value="/probe/?part=2"' in page
    sent = {"confirm_secret": PASSWORD, "confirm_back": "/probe/?part=2"}
    answer = amins.post("/probe/?part=2", sent)
    assert answer.status_code == 302 and answer.headers["Location"] == "/probe/?part=2"
    assert not SEEN and amins.get("/probe/?part=2").content == b"went on"


def test_it_leads_nowhere_else(amins, clock):
    stale(clock)
    sent = {"confirm_secret": PASSWORD, "confirm_back": "//evil.example/"}
    assert amins.post("/probe/", sent).headers["Location"] == "/"


def test_for_htmx_a_dialog_over_the_page(amins, clock):
    stale(clock)
    answer = amins.post("/probe/", FIELDS, headers={"HX-Request": "true"})
    assert answer.status_code == 422 and answer.headers["HX-Retarget"] == "#problems"
    page = answer.content.decode()
    assert "<dialog" in page and "data-dialog-auto" in page and 'name="words"' in page


def test_for_htmx_on_a_page_whose_address_is_none(amins, clock):
    stale(clock)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    asked = amins.get("/probe/", headers=headers)
    assert asked.status_code == 422 and 'name="confirm_back" value="/"' in asked.content.decode()


def test_whoever_may_not_is_not_asked(cast, clock):
    ana = sign_in(Client(), cast.ana, at=NOW)
    stale(clock)
    assert "Who may:" not in ana.get("/help/").content.decode()
    answer = ana.post("/probe/", FIELDS)
    assert answer.status_code == 403 and "Confirm it is you" not in answer.content.decode()


def test_a_protocol_is_signed_off_only_with_it(amins, cast, clock):
    version = ProtocolVersion.objects.filter(kind="red_flags").latest("pk")
    stale(clock)
    address = f"/library/{version.pk}/sign-off"
    assert amins.post(address).status_code == 403
    version.refresh_from_db()
    assert version.signed_off_at is None
    assert amins.post(address, {"confirm_secret": PASSWORD}).status_code == 302
    version.refresh_from_db()
    assert version.signed_off_at and version.signed_off_by == cast.amin


@pytest.mark.parametrize(
    "name",
    ["protocols:sign_off", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
     "mfa_generate_recovery_codes", "account_change_password"],
)  # fmt: skip
def test_these_routes_ask(name):
    found = {n: getattr(entry.callback, "access", None) for n, entry in patterns(real)}
    assert isinstance(found[name], Access) and found[name].reauth
    assert not found["protocols:library"].reauth
