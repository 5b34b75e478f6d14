"""Unsent text waits on the server for the one who typed it, in every window of theirs."""

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, Refused
from core.work.models import Draft
from core.work.selectors import draft_text
from core.work.services import save_draft
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db
DRAFTS = "/drafts"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


def test_saved_and_read_back_in_the_clinics_time(cast, as_user):
    ana = as_user(cast.ana)
    saved = ana.post(DRAFTS, {"place": "missed:new", "text": "She is afr", "version": 0})
    row = {"place": "missed:new", "text": "She is afr", "version": 1, "saved": "15:00"}
    assert saved.status_code == 200 and saved.json() == row
    assert ana.get(DRAFTS).json() == {"drafts": [row]}
    assert reverse("work:drafts") == DRAFTS


def test_nobody_else_ever_reads_it(cast, as_user):
    save_draft(user=cast.ana, place="missed:new", text="afraid", now=NOW)
    for name in ("ben", "amin", "cole", "zoe"):
        answer = as_user(getattr(cast, name)).get(DRAFTS)
        assert answer.json() == {"drafts": []} and "afraid" not in answer.content.decode()
    as_user(cast.ben).post(DRAFTS, {"place": "missed:new", "text": "mine", "version": 0})
    assert draft_text(cast.ana, "missed:new") == "afraid"
    assert as_user(cast.daniel).get(DRAFTS).status_code == 403  # staff only


def test_only_where_a_form_stands(cast, as_user):
    for place in (
        "",
        "elsewhere:1",
        "thread",
        "thread:",
        "Thread:1",
        "flag:" + "x" * 80,
        "flag:a b",
    ):
        with pytest.raises(Refused, match="no place"):
            save_draft(user=cast.ana, place=place, text="x", now=NOW)
        assert as_user(cast.ana).post(DRAFTS, {"place": place, "text": "x"}).status_code == 422
    assert save_draft(user=cast.ana, place="flag:1", text="x", now=NOW).pk


def test_two_windows_of_one_person(cast, as_user):
    """The later one is told and reads both; neither text is gone before the person says so."""
    ana, place = as_user(cast.ana), "missed:new"
    one = ana.post(DRAFTS, {"place": place, "text": "from one", "version": 0}).json()
    late = ana.post(DRAFTS, {"place": place, "text": "from two", "version": 0})
    assert late.status_code == 409
    assert (late.json()["text"], late.json()["version"]) == ("from one", one["version"])
    assert "15:00" in late.json()["sentence"]
    kept = ana.post(DRAFTS, {"place": place, "text": "from two", "version": late.json()["version"]})
    assert kept.status_code == 200 and draft_text(cast.ana, place) == "from two"


def test_the_same_words_twice_are_one_save(cast):
    for minutes in (0, 1):
        row = save_draft(user=cast.ana, place="flag:1", text="x", now=after(minutes), version=0)
    assert (row.version, row.saved_at) == (1, NOW)


def test_a_text_too_long_to_keep_is_not_cut_silently(cast, as_user):
    whole = {"place": "flag:1", "text": "x" * 20_000, "version": 0}
    assert as_user(cast.ana).post(DRAFTS, whole).status_code == 200
    longer = as_user(cast.ana).post(DRAFTS, whole | {"text": "y" * 20_001, "version": 1})
    assert longer.status_code == 422 and "20,000" in longer.json()["sentence"]
    assert draft_text(cast.ana, "flag:1") == "x" * 20_000


def test_an_emptied_field_leaves_nothing_to_restore(cast, as_user):
    save_draft(user=cast.ana, place="flag:1", text="x", now=NOW)
    save_draft(user=cast.ana, place="flag:1", text="", now=NOW, version=1)
    assert as_user(cast.ana).get(DRAFTS).json() == {"drafts": []}


@pytest.mark.django_db(transaction=True)
def test_of_two_windows_at_once_one_is_told(cast):
    def save(n):
        return save_draft(user=cast.ana, place="flag:1", text=f"window {n}", now=NOW, version=0)

    found = race(save, runners=2)
    assert sorted(isinstance(r, Conflict) for r in found) == [False, True], found
    assert Draft.objects.get().text == next(r.text for r in found if isinstance(r, Draft))
