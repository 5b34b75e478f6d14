"""A forgotten password: a link by mail, once, for a day; it opens no chart and skips no code."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from core.accounts import codes
from core.accounts.models import ApiToken, User
from core.accounts.passwords import Length
from core.accounts.services import create_user, issue_token
from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.events.services import dispatch, emit
from core.people.models import StaffMember
from messaging.channels.email.adapter import compose
from messaging.envelopes import envelope
from messaging.models import Delivery
from messaging.services.deliveries import still_wanted
from tests.cast import NOW, PASSWORD
from tests.core.test_sign_in import KEY, code, code_now, password
from tests.sessions import sign_in

pytestmark = pytest.mark.django_db
NEW = "purple-lantern-bridge-9"


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


def asked(address):
    answer = Client().post("/password/reset/", {"email": address})
    return answer.status_code, answer.headers.get("Location"), answer.content


def mailed(user, template="password_reset"):
    """The path in the mail that leaves for this person."""
    dispatch(now=NOW)
    row = Delivery.objects.get(user=user, template=template)
    text = compose(envelope(row)).get_content()
    return row, re.search(r"(/password/reset/key/\S+)", text)[1]


def choose(browser, link, new=NEW):
    form = browser.get(link)
    if form.status_code != 302:
        return form
    return browser.post(form.headers["Location"], {"password1": new, "password2": new})


def test_an_unknown_address_gets_the_same_answer(ana):
    assert asked(ana.email) == asked("nobody@riverside.example") != (200, None, b"")
    assert DomainEvent.objects.filter(name="accounts.reset_asked").count() == 1
    assert mail.outbox == [], "Nothing leaves from the request."


def test_the_link_works_once_and_the_code_is_still_asked(ana):
    elsewhere = sign_in(Client(), ana)
    asked(ana.email)
    row, link = mailed(ana)
    assert row.path == "/password/reset/" and link not in str(row.__dict__)
    browser = Client()
    assert choose(browser, link).headers["Location"] == "/password/reset/key/done/"
    assert browser.get("/today/").status_code == 302, "A reset signs nobody in."
    assert elsewhere.get("/today/").status_code == 302, "Every session has ended."
    assert "no longer works" in choose(Client(), link).content.decode()
    assert password(Client(), ana).status_code == 200, "The old one is gone."
    assert password(browser, ana, NEW).headers["Location"] == "/sign-in/code/"
    assert browser.get("/today/").status_code == 302
    code(browser, code_now())
    assert browser.get("/today/").status_code == 200
    assert AuditEvent.objects.filter(action="reset_password", object_id=str(ana.pk)).count() == 1


def test_asking_is_on_the_trail_and_a_reset_revokes_the_tokens(ana, cast):
    for person in (ana, cast.ben):
        issue_token(user=person, label="desk", by=person, now=NOW)
    asked(ana.email)
    asked("nobody@riverside.example")
    row = AuditEvent.objects.get(action="reset_asked")
    assert (row.actor, row.object_id) == (None, str(ana.pk))
    assert not ApiToken.objects.exclude(revoked_at=None).exists(), "Asking alone ends nothing."
    assert choose(Client(), mailed(ana)[1]).status_code == 302
    assert ApiToken.objects.get(user=ana).revoked_at == NOW
    assert ApiToken.objects.get(user=cast.ben).revoked_at is None


def test_a_mail_scanner_that_opens_it_uses_nothing_up(ana):
    asked(ana.email)
    link = mailed(ana)[1]
    for _ in range(3):
        scanner = Client()
        assert scanner.get(scanner.get(link).headers["Location"]).status_code == 200
    assert choose(Client(), link).status_code == 302


@pytest.mark.parametrize(("hours", "works"), [(23, True), (25, False)])
def test_it_is_good_for_a_day(ana, clock, hours, works):
    asked(ana.email)
    link = mailed(ana)[1]
    clock.shift(dt.timedelta(hours=hours))
    assert (choose(Client(), link).status_code == 302) is works


def test_a_patient_gets_one_too_and_nobody_who_is_switched_off(cast, clock):
    asked(cast.daniel.email)
    row, link = mailed(cast.daniel)
    assert still_wanted(row, now=NOW) == "" and row.clinic == cast.riverside
    assert choose(Client(), link).status_code == 302
    cast.daniel.is_active = False
    cast.daniel.save()
    row.refresh_from_db()
    assert "switched off" in still_wanted(Delivery.objects.get(pk=row.pk), now=NOW)


def test_an_invitation_is_the_same_kind_of_link(cast, clock):
    emit(name="accounts.invited", subject_id=cast.ben.pk, now=NOW)
    row, link = mailed(cast.ben, "invitation")
    assert "your account is ready" in compose(envelope(row))["Subject"]
    assert choose(Client(), link).status_code == 302
    cast.ben.refresh_from_db()
    assert cast.ben.check_password(NEW) and cast.ben.password.startswith("argon2")


def test_it_is_handled_once(ana):
    asked(ana.email)
    mailed(ana)
    dispatch(now=NOW)
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "length", "ok"),
    [("front_desk", 11, False), ("front_desk", 12, True), ("patient", 14, False),
     ("patient", 15, True), ("front_desk", 128, True), ("front_desk", 129, False)],
)  # fmt: skip
def test_how_long_a_password_is(db, role, length, ok):
    typed = ("quartz lemon orbit " * 8)[:length]
    user = User(email="x@example.org", roles=[role])
    if ok:
        Length().validate(typed, user)
    else:
        with pytest.raises(ValidationError, match="characters"):
            Length().validate(typed, user)


def test_a_patient_with_a_code_may_have_a_shorter_one(cast):
    codes.enrol(user=cast.daniel, secret=KEY)
    Length().validate("quartz lemon", cast.daniel)


@pytest.mark.parametrize("typed", ["q1w2e3r4t5y6", "hallway-person"])
def test_common_ones_and_ones_own_name_are_refused(cast, typed):
    with pytest.raises(ValidationError, match="guessed soon"):
        create_user(email="hallway-person@x.example", full_name="X", roles=["front_desk"],
                    password=typed, by=None, now=NOW)  # fmt: skip


def test_a_long_one_is_never_cut(cast):
    long = "quartz lemon orbit " * 5
    user = create_user(email="long@x.example", full_name="X", roles=["front_desk"], password=long,
                       by=None, now=NOW)  # fmt: skip
    assert user.check_password(long) and not user.check_password(long[:-1])
    assert user.password.startswith("argon2")


def test_one_changes_ones_own_and_stays_signed_in_here_alone(ana):
    browser, elsewhere = sign_in(Client(), ana), sign_in(Client(), ana)
    answer = browser.post("/me/sign-in/password/", {"password1": NEW, "password2": NEW})
    assert answer.status_code == 302
    assert browser.get("/today/").status_code == 200 and elsewhere.get("/today/").status_code == 302
    assert AuditEvent.objects.filter(action="change_password", actor=ana).count() == 1


def test_who_never_chose_one_is_led_to_the_mail(ana):
    ana.set_unusable_password()
    ana.save()
    answer = sign_in(Client(), ana).get("/me/sign-in/password/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/password/reset/")


def test_an_invitation_before_the_first_day_reaches_its_person(cast, clock):
    tomorrow = NOW.date() + dt.timedelta(days=1)
    StaffMember.objects.filter(user=cast.ben).update(from_on=tomorrow)
    emit(name="accounts.invited", subject_id=cast.ben.pk, now=NOW)
    row, _ = mailed(cast.ben, "invitation")
    assert row.clinic == cast.riverside and still_wanted(row, now=NOW) == ""


def test_a_mail_nobody_answers_for_is_not_taken_for_done(cast, clock, monkeypatch):
    monkeypatch.setattr("core.events.services.log.exception", lambda *a, **k: None)
    StaffMember.objects.filter(user=cast.ben).delete()
    emit(name="accounts.invited", subject_id=cast.ben.pk, now=NOW)
    dispatch(now=NOW)
    event = DomainEvent.objects.get(name="accounts.invited")
    assert (event.handled_at, event.last_error) == (None, "LookupError")
