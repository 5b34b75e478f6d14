"""Emergency access on screen: the form, the banner, the tagged trail, the end."""

import pytest
import time_machine
from django.urls import reverse

from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from core.people.models import AccessGrant
from messaging.services.break_glass import break_glass, end_access
from tests.cast import NOW
from tests.factories.flags import after
from tests.sessions import age_authentication

pytestmark = pytest.mark.django_db
ASK = reverse("home:break_glass")
WHY = "collapsed in our waiting room"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def typed(cast):
    return {"clinic": str(cast.riverside.pk), "known_by": "1042", "birth_date": "03/14/1974",
            "reason": WHY}  # fmt: skip


@pytest.fixture
def chart(cast):
    return reverse("home:patient", args=[cast.okafor.pk])


def test_ask_look_and_end(cast, as_user, typed, chart):
    browser = as_user(cast.quist)
    closed = browser.get(chart)
    assert closed.status_code == 404 and ASK in closed.content.decode()
    assert browser.get(ASK).status_code == 200
    moved = browser.post(ASK, typed)
    assert (moved.status_code, moved.url) == (302, chart)
    page = browser.get(chart).content.decode()
    assert "Emergency access to the chart of Okafor, Daniel until 16:00" in page
    assert "Emergency access to the chart" in browser.get("/today/").content.decode()
    grant = AccessGrant.objects.get()
    assert browser.post(reverse("home:break_glass_end", args=[grant.pk])).status_code == 302
    with time_machine.travel(after(1), tick=False):
        assert browser.get(chart).status_code == 404
        assert "Emergency access to the chart" not in browser.get("/today/").content.decode()


def test_it_closes_by_itself(cast, as_user, typed, chart):
    browser = as_user(cast.quist)
    browser.post(ASK, typed)
    with time_machine.travel(after(59), tick=False):
        assert browser.get(chart).status_code == 200
    with time_machine.travel(after(60), tick=False):
        assert browser.get(chart).status_code == 404
        assert "Emergency access to the chart" not in browser.get("/today/").content.decode()


def test_every_look_at_that_chart_is_tagged_and_no_other(cast, as_user, typed, chart):
    browser = as_user(cast.quist)
    browser.post(ASK, typed)
    grant = AccessGrant.objects.get()
    token = issue_token(user=cast.quist, label="x", by=None, now=NOW)
    for ask in (browser.get, lambda a: browser.get(a, headers={"Authorization": f"Token {token}"})):
        ask(chart)
        ask(reverse("home:patient", args=[cast.outis.pk]))
    client = type(browser)()  # signed in by nothing but the token
    seen = client.get(reverse("api_patient", args=[cast.okafor.pk]),
                      headers={"Authorization": f"Token {token}"})  # fmt: skip
    assert seen.status_code == 200
    looks = AuditEvent.objects.filter(actor=cast.quist, action="read")
    assert looks.filter(patient_id=cast.okafor.pk).count() == 3
    assert set(looks.filter(patient_id=cast.okafor.pk).values_list("grant_id", flat=True)) == {
        grant.pk
    }
    outis = looks.filter(patient_id=cast.outis.pk).values_list("grant_id", flat=True)
    assert len(outis) == 2 and set(outis) == {None}
    end_access(grant=grant, by=cast.quist, now=NOW)
    as_user(cast.amin).get(chart)  # somebody else's look is their own
    assert AuditEvent.objects.get(actor=cast.amin, action="read").grant_id is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"reason": "a" * 20}, "Write why"), ({"birth_date": "soon"}, "date of birth"),
     ({"clinic": ""}, "Choose the patient"), ({"known_by": "1043"}, "No chart fits")],
)  # fmt: skip
def test_what_was_typed_stays(cast, as_user, typed, wrong, says):
    answer = as_user(cast.quist).post(ASK, typed | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and says in page
    assert (wrong.get("reason") or WHY) in page and not AccessGrant.objects.exists()


def test_a_chart_of_ones_own_is_linked(cast, as_user, typed, chart):
    answer = as_user(cast.amin).post(ASK, typed)
    assert answer.status_code == 422 and chart in answer.content.decode()


def test_the_password_is_asked_again(cast, as_user, typed):
    browser = as_user(cast.quist)
    age_authentication(browser)
    assert browser.post(ASK, typed).status_code == 403
    assert not AccessGrant.objects.exists()


def test_who_is_shown_the_way(cast, as_user):
    for name, shown in (("quist", True), ("zoe", False), ("mora", False)):
        browser = as_user(getattr(cast, name))
        nothing = browser.post(reverse("home:patients"), {"q": "zzyzx"}).content.decode()
        found = browser.post(reverse("home:patients"), {"q": "Outis"}).content.decode()
        lost = browser.get("/nowhere/").content.decode()
        assert (ASK in nothing, ASK in found, ASK in lost) == (shown, False, shown), name


def test_nobody_else_ends_it_but_a_reviewer_there(cast, as_user):
    grant = break_glass(clinic=cast.riverside, known_by="1042", reason=WHY, by=cast.quist,
                        birth_date=cast.okafor.birth_date, now=NOW)  # fmt: skip
    end = reverse("home:break_glass_end", args=[grant.pk])
    for name in ("zoe", "mora", "ana", "amin", "berg"):
        assert as_user(getattr(cast, name)).post(end).status_code == 404, name
    grant.refresh_from_db()
    assert grant.ends_at == after(60)
    assert as_user(cast.cole).post(end).status_code == 302
    grant.refresh_from_db()
    assert grant.ends_at < after(1)


def test_a_manager_sees_a_bar_on_every_page_until_it_is_reviewed(cast, as_user, typed, chart):
    bar = "Emergency access to a chart waits for your review."
    cole, mora, ana = as_user(cast.cole), as_user(cast.mora), as_user(cast.ana)
    anywhere = reverse("home:help")
    assert bar not in cole.get(anywhere).content.decode()
    as_user(cast.quist).post(reverse("home:break_glass"), typed)
    assert bar in cole.get(anywhere).content.decode()
    for other in (mora, ana):  # the other clinic's manager, and who reviews nothing
        assert bar not in other.get(anywhere).content.decode()
