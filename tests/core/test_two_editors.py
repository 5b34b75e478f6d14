"""F15: two people on one row: the later one reads both versions, and nothing is overwritten."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import escape

from core.people.models import OnCallShift
from intake.models import Call, RedFlag
from messaging.services.work import open_item
from tests.cast import NOW

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(cast):
    return open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=cast.riverside,
                     patient=cast.okafor, reason="First visit", by=cast.ana, now=NOW)  # fmt: skip


def plan(browser, item, version, words, days=1):
    when = (NOW + dt.timedelta(days=days)).astimezone(dt.timezone(dt.timedelta(hours=-6)))
    return browser.post(reverse("messaging:plan_item", args=[item.pk]), {
        "form_key": str(uuid.uuid4()), "version": version, "next_action": words,
        "next_action_at": f"{when:%Y-%m-%dT%H:%M}", "waiting_on": "patient"})  # fmt: skip


def test_the_later_plan_meets_the_earlier_one(cast, as_user, visit):
    ana, ben = as_user(cast.ana), as_user(cast.ben)
    assert plan(ana, visit, 1, "Ring her sister").status_code == 302
    late = plan(ben, visit, 1, "Write a letter", days=2)
    page = late.content.decode()
    assert late.status_code == 409
    for words in ("Ring her sister", "Write a letter", "Ana Flores", "Save mine all the same"):
        assert words in page
    visit.refresh_from_db()
    assert (visit.next_action, visit.version) == ("Ring her sister", 2)
    # “Save mine all the same” is the same form onto what is saved now; its key is its own.
    assert 'name="version" value="2"' in page
    assert plan(ben, visit, 2, "Write a letter", days=2).status_code == 302
    visit.refresh_from_db()
    assert visit.next_action == "Write a letter"


@pytest.mark.parametrize(
    ("referer", "offered"),
    [("http://testserver/work/1/", "/work/1/"), ("http://elsewhere.example/work/1/", ""),
     ("http://testserver//elsewhere.example/", ""), ("http://[", ""), ("", "")],
)  # fmt: skip
def test_what_was_saved_can_be_kept(cast, as_user, visit, referer, offered):
    """The other way out of a conflict leads back to the page the form stood on, and only there."""
    plan(as_user(cast.ana), visit, 1, "Ring her sister")
    late = as_user(cast.ben).post(
        reverse("messaging:plan_item", args=[visit.pk]),
        {"form_key": str(uuid.uuid4()), "version": 1, "next_action": "x", "waiting_on": "patient",
         "next_action_at": "2026-11-26T10:00"},
        headers={"Referer": referer},
    )  # fmt: skip
    page = late.content.decode()
    assert late.status_code == 409 and "elsewhere" not in page
    assert ("Keep what was saved" in page) is bool(offered)
    assert f'href="{offered}"' in page or not offered


def test_done_is_not_said_about_what_was_changed_meanwhile(cast, as_user, visit):
    shown = as_user(cast.ben).get(reverse("messaging:item", args=[visit.pk])).content.decode()
    assert 'name="version" value="1"' in shown
    plan(as_user(cast.ana), visit, 1, "Ring her sister")
    close = reverse("messaging:close_item", args=[visit.pk])
    late = as_user(cast.ben).post(close, {"version": 1, "reason": "booked Tue"})
    assert late.status_code == 409 and "Ring her sister" in late.content.decode()
    assert "booked Tue" in late.content.decode()
    assert as_user(cast.ben).post(close, {"version": 2, "reason": "booked Tue"}).status_code == 302


@pytest.mark.parametrize("version", [None, "", "one", "-1", "1.0", "²"])
def test_a_form_that_does_not_say_what_it_showed_is_refused(
    cast, as_user, visit, new_call, version
):
    new_call(Q2="yes")
    flag, said = RedFlag.objects.get(), {} if version is None else {"version": version}
    plan_it = {"next_action": "Ring", "next_action_at": "2026-11-25T10:00", "waiting_on": "us"}
    for who, route, row, words in (
        (cast.ana, "messaging:close_item", visit, {"reason": "booked Tue"}),
        (cast.ana, "messaging:plan_item", visit, plan_it),
        (cast.amin, "intake:decide", flag, {"decision": "confirm", "reason": "Seen by me"}),
        (cast.amin, "intake:release", flag, {"reason": "Seen by me"}),
    ):
        answer = as_user(who).post(reverse(route, args=[row.pk]), words | said)
        assert answer.status_code == 422 and "incomplete" in answer.content.decode(), route
        assert next(iter(words.values())) in answer.content.decode(), "No word is lost."
    visit.refresh_from_db()
    flag.refresh_from_db()
    assert visit.version == 1 and visit.closed_at is None and flag.decided_at is None
    draft = {"place": "flag:1", "text": "x"} | said
    assert as_user(cast.ana).post(reverse("work:drafts"), draft).status_code == 422


def test_an_outsider_learns_nothing_from_a_stale_form(cast, as_user, visit):
    plan(as_user(cast.ana), visit, 1, "Ring her sister")
    answer = plan(as_user(cast.zoe), visit, 1, "x")
    assert answer.status_code == 404 and "sister" not in answer.content.decode()


# --- the call screen: field by field --------------------------------------------------------------


def save(browser, call, **fields):
    return browser.post(reverse("intake:fields", args=[call.pk]), fields, headers=HTMX)


def test_two_people_in_different_fields_never_meet(cast, as_user, new_call):
    """Each browser sends its whole form: what its person did not touch is left alone."""
    call, ana, ben = new_call(), as_user(cast.ana), as_user(cast.ben)
    shown = {"was_given_name": "", "was_family_name": ""}
    assert save(ana, call, given_name="Ida", family_name="", **shown).status_code == 200
    assert save(ben, call, given_name="", family_name="Stone", **shown).status_code == 200
    call.refresh_from_db()
    assert (call.given_name, call.family_name) == ("Ida", "Stone")


def test_two_people_in_one_field_both_texts_stand_side_by_side(cast, as_user, new_call):
    call, ana, ben = new_call(), as_user(cast.ana), as_user(cast.ben)
    assert save(ana, call, notes="cannot sit", was_notes="").status_code == 200
    late = save(ben, call, notes="cannot stand", was_notes="")
    page = late.content.decode()
    assert (late.status_code, late["HX-Retarget"]) == (409, "#problems")
    assert "cannot sit" in page and "cannot stand" in page and "Ana Flores wrote" in page
    call.refresh_from_db()
    assert call.notes == "cannot sit"
    # “Keep mine” is the same field, now that both were read.
    assert save(ben, call, notes="cannot stand", was_notes="cannot sit").status_code == 200
    call.refresh_from_db()
    assert call.notes == "cannot stand"
    assert "cannot sit" in call.history.values_list("notes", flat=True)


def test_without_a_script_the_whole_page_says_so(cast, as_user, new_call):
    call = new_call()
    save(as_user(cast.ana), call, birth_date="03/14/1974", was_birth_date="")
    address = reverse("intake:fields", args=[call.pk])
    late = as_user(cast.ben).post(address, {"birth_date": "3/15/1974", "was_birth_date": ""})
    assert late.status_code == 409
    assert "03/14/1974" in late.content.decode() and "3/15/1974" in late.content.decode()
    assert Call.objects.get(pk=call.pk).birth_date == dt.date(1974, 3, 14)


def test_ones_own_earlier_words_and_the_same_words_are_no_clash(cast, as_user, new_call):
    call, ana, ben = new_call(), as_user(cast.ana), as_user(cast.ben)
    save(ana, call, notes="cannot", was_notes="")  # the answer to this one was lost
    assert save(ana, call, notes="cannot sit", was_notes="").status_code == 200
    assert save(ben, call, notes="cannot sit", was_notes="").status_code == 200
    save(ana, call, region="knee", was_region="")
    assert save(ben, call, region="hip", was_region="").status_code == 409
    assert Call.objects.get(pk=call.pk).region == "knee"


def test_the_screen_carries_what_it_showed(cast, as_user, new_call):
    call, ana = new_call(), as_user(cast.ana)
    save(ana, call, notes="says “ow”", was_notes="", birth_date="3141974")
    page = ana.get(reverse("intake:call", args=[call.pk])).content.decode()
    assert f'name="was_notes" id="was-notes" value="{escape("says “ow”")}"' in page
    assert 'name="was_phone" id="was-phone" value="(312) 555-0188"' in page
    fresh = save(ana, call, notes="says no", was_notes="says “ow”").content.decode()
    assert 'id="was-notes" value="says no" hx-swap-oob="outerHTML"' in fresh


def test_the_api_says_what_it_had_read(cast, as_user, new_call):
    call, address = new_call(), ""
    address = reverse("api_call", args=[call.pk])
    as_user(cast.ana).patch(address, {"notes": "sits"}, content_type="application/json")
    body = {"notes": "stands", "was": {"notes": ""}}
    late = as_user(cast.ben).patch(address, body, content_type="application/json")
    assert late.status_code == 409
    assert late.json()["versions"] == [{"part": "Notes", "yours": "stands", "saved": "sits"}]


# --- what only one may do -------------------------------------------------------------------------


def test_a_flag_that_changed_is_read_before_it_is_decided(cast, as_user, new_call):
    new_call(Q2="yes")
    flag = RedFlag.objects.get()
    stale = {"version": flag.version - 1, "decision": "confirm", "reason": "Seen by the surgeon"}
    address = reverse("intake:decide", args=[flag.pk])
    late = as_user(cast.amin).post(address, stale)
    assert late.status_code == 409 and "Seen by the surgeon" in late.content.decode()
    assert "Save mine all the same" not in late.content.decode()  # reading comes first
    assert as_user(cast.amin).post(address, stale | {"version": flag.version}).status_code == 302


def test_a_shift_somebody_else_has_now_is_not_removed_unseen(cast, as_user):
    shift = OnCallShift.objects.get(position="first")
    address = reverse("home:remove_shift", args=[shift.pk])
    late = as_user(cast.cole).post(address, {"user": str(cast.mbeki.pk)})
    assert late.status_code == 409 and OnCallShift.objects.filter(pk=shift.pk).exists()
    assert as_user(cast.cole).post(address, {"user": str(cast.amin.pk)}).status_code == 302
