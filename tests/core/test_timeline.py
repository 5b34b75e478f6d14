"""What happened to a patient: in order, by filter, page by page, and as each role reads it."""

import datetime as dt
import re
import uuid
from html import unescape

import pytest
import time_machine

from config.home.timeline import PAGE, SHOWN, timeline
from core.documents.services import make_document
from core.people.services import join_care_team
from intake.services.calls import use_match
from messaging.services.threads import start_thread
from tests.cast import NOW
from tests.factories.plans import restricted
from tests.factories.updates import DAY, HOUR, Course

pytestmark = pytest.mark.django_db
KINDS = {"calls": {"Call", "Red flag"}, "visits": {"PT session"}, "documents": {"Blood count"},
         "messages": {"Stairs"}}  # fmt: skip


@pytest.fixture
def lines(cast):
    def of(who, show="", before=None, now=NOW):
        return timeline(who, cast.okafor, now=now, show=show, before=before)

    return of


@pytest.fixture
def course(cast):
    return Course(cast)


@pytest.fixture
def everything(cast, course, new_call):
    """One of each, an hour apart."""
    use_match(call=new_call(Q2="yes", now=NOW - 6 * HOUR), patient=cast.okafor, by=cast.ana,
              birth_date=cast.okafor.birth_date, now=NOW - 6 * HOUR)  # fmt: skip
    course.session(NOW - 5 * HOUR)
    restricted(cast, now=NOW - 4 * HOUR)
    make_document(patient=cast.okafor, data=b"x", kind="lab", title="Blood count", pages=1,
                  file_name="x.png", by=cast.ana, now=NOW - 2 * HOUR)  # fmt: skip
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Stairs", body="May he?",
                 to=[cast.novak], by=cast.ruiz, now=NOW - HOUR, dedupe_key="s")  # fmt: skip


def titles(found):
    return [event.title for event in found.events]


def key(older):
    at, _, pk = older.rpartition("_")
    return dt.datetime.fromisoformat(at), uuid.UUID(pk)


def walked(lines, who, show=""):
    """Every line of every page, and how many pages it took."""
    found, before, pages = [], None, 0
    while True:
        one = lines(who, show, before)
        found += one.events
        pages += 1
        if not one.older:
            return found, pages
        before = key(one.older)


def test_newest_first_each_with_its_words_and_its_page(cast, everything, lines):
    found, _ = walked(lines, cast.amin)
    assert [event.at for event in found] == sorted((e.at for e in found), reverse=True)
    by_title = {event.title: event for event in found}
    assert [event.title for event in found][:2] == ["Stairs", "Blood count"]
    assert by_title["Limit set"].text == "Lift at most 15 lb (Dr. Amin, 24 Nov)"
    assert by_title["PT session"].tag == ("done", "good") and by_title["PT session"].who
    assert by_title["Red flag"].text and by_title["Red flag"].tag == ("Open", "danger")
    assert "saddle" in by_title["Red flag"].text
    assert by_title["Plan begun"].href.startswith("/plan-versions/")
    assert all(event.href for event in found)


def test_each_kind_is_in_its_own_filter_alone(cast, everything, lines):
    whole, _ = walked(lines, cast.amin)
    parts = {show: lines(cast.amin, show).events for show in SHOWN if show}
    for show, kinds in KINDS.items():
        assert {event.title for event in parts[show]} == kinds, show
    assert {e.title.partition(":")[0] for e in parts["plan"]} == {
        "Plan begun", "Plan changed", "Limit set"}  # fmt: skip
    assert sorted(map(id_of, whole)) == sorted(id_of(e) for one in parts.values() for e in one)
    assert lines(cast.amin, "nonsense").shown == ""


def id_of(event):
    return (event.href, event.at, event.text)


def test_older_pages_lose_and_repeat_nothing_of_one_instant(cast, lines):
    """Forty documents of one moment: the edge of a page cannot tell them apart by time."""
    for n in range(2 * PAGE + 10):
        make_document(patient=cast.okafor, data=b"x", kind="lab", title=f"Paper {n}", pages=1,
                      file_name="x", by=cast.ana, now=NOW - DAY)  # fmt: skip
        if n < PAGE:
            start_thread(
                clinic=cast.riverside, patient=cast.okafor, title=f"Word {n}", body="x",
                to=[cast.amin], by=cast.ruiz, now=NOW - DAY, dedupe_key=str(n),
            )  # fmt: skip
    found, pages = walked(lines, cast.amin)
    named = [event.title for event in found]
    assert len(named) == len(set(named)) == 3 * PAGE + 10
    assert pages == -(-len(named) // PAGE)
    assert len(walked(lines, cast.amin, "documents")[0]) == 2 * PAGE + 10


def test_of_the_future_is_nothing_whatever_is_asked(cast, course, lines):
    soon = course.session(NOW - HOUR)
    type(soon).objects.filter(pk=soon.pk).update(
        starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, state="booked", arrived_at=None)  # fmt: skip
    later = (NOW + 9 * DAY, uuid.uuid4())
    for before in (None, later):
        assert "PT session" not in titles(lines(cast.amin, "visits", before))
    assert titles(lines(cast.amin, "visits", now=NOW + DAY)) == ["PT session"]  # its own moment


@pytest.mark.parametrize("text", [
    "", "x", "2026-11-24", "2026-11-24T10:00", "2026-11-24T10:00+00:00", "_", "9_9",
    "2026-11-24T10:00+00:00_nobody", "0001-01-01T00:00:00+14:00_" + "0" * 32,
    "9999-12-31T23:59:59-14:00_" + "f" * 32, "2099-01-01T00:00:00Z_" + "f" * 32, "%00",
])  # fmt: skip
def test_nonsense_in_the_address_is_the_first_page_or_an_empty_one(cast, everything, as_user, text):
    with time_machine.travel(NOW, tick=False):
        answer = as_user(cast.amin).get(
            f"/patients/{cast.okafor.pk}/", {"before": text, "show": text})  # fmt: skip
    body = answer.content.decode()
    assert answer.status_code == 200
    assert ("Stairs" in body) is not text.startswith("0001")


def test_the_page_leads_to_older_and_back(cast, as_user):
    for n in range(PAGE + 1):
        make_document(patient=cast.okafor, data=b"x", kind="lab", title=f"Paper {n:02}", pages=1,
                      file_name="x", by=cast.ana, now=NOW - n * HOUR)  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        browser = as_user(cast.amin)
        here = f"/patients/{cast.okafor.pk}/"
        first = happened(browser.get(here, {"show": "documents"}))
        assert f"Paper {PAGE - 1:02}" in first and f"Paper {PAGE:02}" not in first
        (link,) = re.findall(r'href="([^"]*before=[^"]*)"', first)
        last = happened(browser.get(unescape(link)))
        fragment = browser.get(here, {"show": "documents"}, headers={"HX-Request": "true"})
    assert re.findall(r"Paper \d+", last) == [f"Paper {PAGE:02}"] and "before=" not in last
    assert f'href="{here}?show=documents#timeline">Newest' in last
    assert "Paper 00" in fragment.content.decode()  # never an empty answer


def happened(answer):
    """The card of the page."""
    return answer.content.decode().partition('id="timeline"')[2]


# --- who reads what -------------------------------------------------------------------------------


def test_the_desk_and_the_manager_read_no_clinical_word(cast, everything, lines):
    for who in (cast.ana, cast.cole):
        found = lines(who).events
        assert {"Call", "Red flag", "PT session"} <= {event.title for event in found}
        assert not {"Limit set", "Plan begun", "Stairs"} & {event.title for event in found}
        flag = next(event for event in found if event.title == "Red flag")
        assert flag.text == "Emergency now"  # where it went, and not why
        assert lines(who, "plan").events == [] == lines(who, "messages").events
    assert titles(lines(cast.ana, "documents")) == ["Blood count"]  # the desk files them
    assert titles(lines(cast.cole, "documents")) == []


def test_a_thread_is_for_clinicians_and_who_is_in_it(cast, everything, lines):
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Ring him", body="Please",
                 to=[cast.ana], by=cast.ruiz, now=NOW - HOUR, dedupe_key="r")  # fmt: skip
    assert titles(lines(cast.ana, "messages")) == ["Ring him"]
    assert titles(lines(cast.ben, "messages")) == []
    assert set(titles(lines(cast.lang, "messages"))) == {"Ring him", "Stairs"}


def test_a_partner_reads_it_once_on_the_team_and_an_outsider_never(cast, everything, as_user):
    here = f"/patients/{cast.okafor.pk}/"
    with time_machine.travel(NOW, tick=False):
        for who in (cast.berg, cast.quist, cast.zoe):
            assert as_user(who).get(here).status_code == 404
        join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
        assert "Limit set" in as_user(cast.berg).get(here).content.decode()
