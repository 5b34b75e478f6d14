"""The pages of the update: written in a minute, refused with the words kept, seen by whom."""

import uuid

import pytest
import time_machine
from django.urls import reverse

from core.people.services import join_care_team
from core.work.services import save_draft
from messaging.services.threads import mark_read
from rehab.models import Update
from rehab.plan_body import Medication
from rehab.services.updates import send
from tests.cast import NOW
from tests.factories.updates import DAY, ELEMENTS, HOUR, Course

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def course(cast):
    return Course(cast)


def page(course, name="write_update"):
    return reverse(f"rehab:{name}", args=[course.row.pk])


def form(course, cast, **more):
    return ELEMENTS | {"to": [str(cast.amin.pk)], "head": str(course.plan.head),
                       "form_key": str(uuid.uuid4())} | more  # fmt: skip


def sent(course, cast, at=NOW, **more):
    return send(
        **(ELEMENTS | more), plan=course.plan, to=[cast.amin], by=cast.ruiz, now=at,
        key=uuid.uuid4(), head=course.plan.head,
    )  # fmt: skip


def test_the_draft_stands_in_the_fields_and_the_referrer_is_chosen(cast, course, as_user):
    course.stood(34, course.begun + HOUR)
    course.stood(40, NOW - DAY)
    body = as_user(cast.ruiz).get(page(course)).content.decode()
    assert "Stands 40 min (was 34).</textarea>" in body
    assert "Begins: Step-ups, 6 inches 3 x 8." in body
    assert "23 of 280 characters" in body
    assert f'value="{cast.amin.pk}" id="to-{cast.amin.pk}" checked' in body
    assert f'value="{cast.ruiz.pk}"' not in body


def test_sent_it_stands_on_top_of_the_list_with_who_saw_it(cast, course, as_user):
    older = sent(course, cast, at=NOW - 3 * DAY, changed="Stands 30 min.")
    mark_read(thread=older.message.thread, by=cast.amin, now=NOW - 2 * DAY)
    answer = as_user(cast.ruiz).post(page(course), form(course, cast))
    assert (answer.status_code, answer.url) == (302, page(course, "updates"))
    body = as_user(cast.amin).get(page(course, "updates")).content.decode()
    assert body.index("Stands 40 min (was 34)") < body.index("Stands 30 min.")
    assert "not read yet" in body and "read Sun 22 Nov 2026 15:00" in body
    thread = as_user(cast.amin).get(reverse("messaging:thread", args=[older.message.thread_id]))
    assert "<strong>Call if:</strong> New weakness" in thread.content.decode()


def test_a_refused_update_shows_what_was_typed(cast, course, as_user):
    long = "x" * 281
    answer = as_user(cast.ruiz).post(page(course), form(course, cast, changed="", call_if=long))
    body = answer.content.decode()
    assert answer.status_code == 422 and not Update.objects.exists()
    assert "Write what changed since the last update" in body and long in body
    assert ELEMENTS["next_week"] in body
    nobody = as_user(cast.ruiz).post(page(course), form(course, cast, to=[]))
    assert nobody.status_code == 422 and "at least one person" in nobody.content.decode()
    stranger = as_user(cast.ruiz).post(page(course), form(course, cast, to=[str(cast.quist.pk)]))
    assert stranger.status_code == 422 and "cannot get it any more" in stranger.content.decode()


def test_a_plan_that_changed_meanwhile_is_told_and_the_words_stay(cast, course, as_user):
    typed = form(course, cast)
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)))
    answer = as_user(cast.ruiz).post(page(course), typed)
    body = answer.content.decode()
    assert answer.status_code == 409 and not Update.objects.exists()
    assert "gabapentin 300 mg at night" in body and ELEMENTS["changed"] in body
    assert f'name="head" value="{course.plan.head}"' in body
    again = as_user(cast.ruiz).post(page(course), typed | {"head": str(course.plan.head)})
    assert again.status_code == 302 and Update.objects.get().plan_number == course.plan.head


def test_what_was_typed_and_not_sent_is_there_again_and_gone_once_sent(cast, course, as_user):
    place = f"update:{course.row.pk}:changed"
    save_draft(user=cast.ruiz, place=place, text="Half a sentence", now=NOW)
    browser = as_user(cast.ruiz)
    assert "Half a sentence</textarea>" in browser.get(page(course)).content.decode()
    assert "Half a sentence" not in as_user(cast.lang).get(page(course)).content.decode()
    browser.post(page(course), form(course, cast, draft=[place]))
    assert "Half a sentence" not in browser.get(page(course)).content.decode()


def test_unsent_text_is_marked_with_its_day_and_the_new_draft_is_offered(cast, course, as_user):
    place, browser = f"update:{course.row.pk}:changed", as_user(cast.ruiz)
    course.stood(34, course.begun + HOUR)
    course.stood(40, NOW - DAY)
    assert "unsent text" not in browser.get(page(course)).content.decode()
    save_draft(user=cast.ruiz, place=place, text="Stands 34 min.", now=NOW - 3 * DAY)
    body = browser.get(page(course)).content.decode()
    assert "Stands 34 min.</textarea>" in body
    assert "Your unsent text of Sat 21 Nov 2026 15:00 stands here" in body
    assert "Begins: Step-ups, 6 inches 3 x 8." in body  # where nothing is unsent
    assert 'href="?anew=1"' in body
    fresh = browser.get(page(course) + "?anew=1").content.decode()
    assert "Stands 40 min (was 34).</textarea>" in fresh and "Stands 34 min." not in fresh
    assert "Your unsent text of Sat 21 Nov 2026 15:00 is kept" in fresh and 'href="?"' in fresh
    assert "Stands 34 min.</textarea>" in browser.get(page(course)).content.decode()
    assert "unsent text" not in as_user(cast.lang).get(page(course)).content.decode()


def test_a_plan_that_ended_takes_no_update_and_loses_no_word(cast, course, as_user):
    typed, plan = form(course, cast), course.plan
    from rehab.services.plans import end_plan

    end_plan(plan=plan, reason="goal reached", by=cast.amin, now=NOW, version=plan.version)
    body = as_user(cast.ruiz).get(page(course)).content.decode()
    assert "This plan ended" in body and "<textarea" not in body
    answer = as_user(cast.ruiz).post(page(course), typed)
    assert answer.status_code == 409 and ELEMENTS["changed"] in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "write", "read"),
    [("ruiz", 200, 200), ("amin", 200, 200), ("lang", 200, 200), ("park", 403, 200),
     ("ana", 403, 403), ("cole", 403, 403), ("berg", 404, 404), ("quist", 404, 404)],
)  # fmt: skip
def test_who_writes_and_reads_updates(cast, course, as_user, who, write, read):
    sent(course, cast)
    browser = as_user(getattr(cast, who))
    assert browser.get(page(course)).status_code == write
    assert browser.get(page(course, "updates")).status_code == read
    said = browser.post(page(course), form(course, cast, to=[])).status_code
    assert said == (422 if write == 200 else write)


def test_berg_of_the_partner_practice_writes_once_on_the_team(cast, course, as_user):
    join_care_team(patient=cast.okafor, user=cast.berg, role="therapist", by=cast.ana, now=NOW)
    assert as_user(cast.berg).get(page(course)).status_code == 200
    assert as_user(cast.berg).post(page(course), form(course, cast)).status_code == 302


def test_a_long_list_has_pages(cast, course, as_user):
    for number in range(22):
        sent(course, cast, at=NOW - (30 - number) * HOUR, changed=f"Number {number}.")
    body = as_user(cast.amin).get(page(course, "updates")).content.decode()
    assert "Number 21." in body and "Number 2." in body and "Number 1." not in body
    older = body.partition('href="?before=')[2].partition('"')[0].replace("&amp;", "&")
    more = as_user(cast.amin).get(page(course, "updates") + "?before=" + older).content.decode()
    assert "Number 1." in more and "Number 0." in more and "Number 2." not in more
