"""Writing a version on its page: refused with the text kept, previewed, saved, compared, signed."""

import html
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.events.services import dispatch
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import current_version, protocol_of, written_so_far
from core.protocols.text import text_of
from core.work.models import Draft
from messaging.models import WorkItem
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def parent(cast):
    return current_version("escalation", now=NOW)


def body(parent, **more):
    text = text_of(protocol_of(parent)).replace("n: 15", "n: 10", 1)
    return {
        "text": text, "number": "9", "effective_on": "2026-11-24", "reason": "Agreed in November",
        "version": str(written_so_far("escalation")), "form_key": str(uuid.uuid4()),
        "draft": f"protocol:{parent.pk}",
    } | more  # fmt: skip


def page(answer):
    return html.unescape(answer.content.decode())


def written():
    return ProtocolVersion.objects.filter(author__isnull=False)


def test_refused_then_looked_at_then_saved(cast, parent, as_user):
    browser, address = as_user(cast.cole), reverse("protocols:edit", args=[parent.pk])
    assert "red_flag:" in page(browser.get(address))
    Draft.objects.create(user=cast.cole, place=f"protocol:{parent.pk}", text="x", saved_at=NOW)
    wrong = body(parent)["text"].replace("n: 10", "n: soon")
    answer = browser.post(address, body(parent, text=wrong))
    assert answer.status_code == 422 and "red flag › due › n" in page(answer)
    assert "n: soon" in page(answer) and "Agreed in November" in page(answer)
    answer = browser.post(address, body(parent))
    assert answer.status_code == 422 and "What would change. Not saved yet." in page(answer)
    assert "Save version 9 for sign-off" in page(answer) and not written().exists()
    assert Draft.objects.exists(), "what is not saved is still a draft"
    answer = browser.post(address, body(parent, save="1"))
    new = written().get()
    assert answer.url == reverse("protocols:version", args=[new.pk])
    assert not Draft.objects.exists()


def test_sent_twice_is_one_version(cast, parent, as_user):
    browser, address = as_user(cast.cole), reverse("protocols:edit", args=[parent.pk])
    same = body(parent, save="1")
    first, second = (browser.post(address, same) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert written().count() == 1


def test_the_second_editor_sees_both_and_may_save_beside(cast, parent, as_user):
    address = reverse("protocols:edit", args=[parent.pk])
    mine = body(
        parent, save="1", number="10", text=text_of(protocol_of(parent)).replace("n: 15", "n: 5", 1)
    )
    with time_machine.travel(NOW.replace(hour=22), tick=False):
        as_user(cast.amin).post(address, body(parent, save="1"))
        answer = as_user(cast.cole).post(address, mine)
    assert answer.status_code == 409 and "Leila Amin, escalation v9" in page(answer)
    assert "clocks › red flag › due" in page(answer)
    assert "Save mine all the same" in page(answer)
    again = mine | {"version": str(written_so_far("escalation")), "form_key": str(uuid.uuid4())}
    assert as_user(cast.cole).post(address, again).status_code == 302
    assert written().count() == 2


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_a_form_that_does_not_say_what_it_showed(cast, parent, as_user, version):
    address = reverse("protocols:edit", args=[parent.pk])
    answer = as_user(cast.cole).post(address, body(parent, save="1", version=version))
    assert answer.status_code == 422 and not written().exists()


def propose(parent, as_user, who):
    address = reverse("protocols:edit", args=[parent.pk])
    as_user(who).post(address, body(parent, save="1"))
    return written().get()


def test_the_page_shows_what_would_change_and_who_may_sign(cast, parent, as_user):
    new = propose(parent, as_user, cast.amin)
    address = reverse("protocols:version", args=[new.pk])
    own, other = page(as_user(cast.amin).get(address)), page(as_user(cast.novak).get(address))
    assert "nobody reviews their own" in own and "Sign off as" not in own
    assert "Sign off as Paul Novak" in other and "clocks › red flag › due" in other
    assert "waiting for sign-off" in page(as_user(cast.ana).get(reverse("protocols:library")))
    sign = reverse("protocols:sign_off", args=[new.pk])
    assert as_user(cast.amin).post(sign, {"form_key": str(uuid.uuid4())}).status_code == 403
    assert as_user(cast.novak).post(sign, {"form_key": str(uuid.uuid4())}).status_code == 302
    assert current_version("escalation", now=NOW) == new
    listed = page(as_user(cast.ana).get(reverse("protocols:library")))
    assert "1 version waits" not in listed and "signed off by Paul Novak" in listed


@pytest.mark.parametrize("who", ["ana", "ruiz", "park", "lang"])
def test_who_writes_no_protocols(cast, parent, as_user, who):
    new = propose(parent, as_user, cast.cole)
    browser = as_user(getattr(cast, who))
    assert browser.get(reverse("protocols:edit", args=[parent.pk])).status_code == 403
    answer = browser.post(reverse("protocols:withdraw", args=[new.pk]), {"reason": "x"})
    assert answer.status_code == 403 and written().get().withdrawn_at is None
    assert "Write a new version" not in page(browser.get(reverse("protocols:library")))


def test_two_versions_beside_each_other(cast, parent, as_user):
    new = propose(parent, as_user, cast.cole)
    address = reverse("protocols:compare", args=[new.pk])
    shown = page(as_user(cast.ana).get(f"{address}?with={parent.pk}"))
    assert "clocks › red flag › due" in shown and "1 place" in shown
    for odd in ("nothing", str(uuid.uuid4()), ""):
        assert as_user(cast.ana).get(address, {"with": odd}).status_code == 200
    alone = current_version("red_flags", now=NOW)
    lonely = reverse("protocols:compare", args=[alone.pk])
    assert as_user(cast.ana).get(lonely).status_code == 404


def test_a_physician_finds_it_on_the_worklist_until_it_is_settled(cast, parent, as_user):
    new = propose(parent, as_user, cast.cole)
    dispatch(now=NOW)
    item = WorkItem.objects.get(kind="protocol_sign_off")
    assert (item.subject_id, item.owner_role, item.clinic) == (new.pk, "physician", cast.riverside)
    # Five business days from Tue 24 Nov; Thanksgiving is none.
    assert f"{item.due_at:%d %b %H:%M}" == "03 Dec 00:00"
    as_user(cast.amin).post(
        reverse("protocols:withdraw", args=[new.pk]),
        {"reason": "Discussed, not now", "form_key": str(uuid.uuid4())},
    )
    dispatch(now=NOW)
    item.refresh_from_db()
    assert (item.close_event, item.closed_by) == ("withdrawn", cast.amin)


def test_settled_before_anybody_was_told_opens_nothing(cast, parent, as_user):
    new = propose(parent, as_user, cast.cole)
    as_user(cast.amin).post(
        reverse("protocols:sign_off", args=[new.pk]), {"form_key": str(uuid.uuid4())}
    )
    dispatch(now=NOW)
    assert not WorkItem.objects.filter(kind="protocol_sign_off").exists()
