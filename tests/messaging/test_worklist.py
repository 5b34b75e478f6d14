"""A person's open items: theirs and their role's, of their clinic, what is due first on top."""

import uuid

import pytest

from core.accounts.roles import Role
from core.people.reach import one_request
from messaging.selectors.worklist import items_of_patient, worklist
from messaging.services.work import close_item, open_item, take
from tests.cast import NOW
from tests.factories.flags import after, saddle_numbness

pytestmark = pytest.mark.django_db


def promise(cast, kind="initial_visit", *, about="okafor", due=None, owner=None, subject=None):
    patient = getattr(cast, about) if about else None
    clinic = patient.clinic if patient else cast.riverside
    return open_item(kind=kind, subject_id=subject or uuid.uuid4(), clinic=clinic, patient=patient,
                     reason="r", by=None, now=NOW, due=due, owner=owner)  # fmt: skip


def kinds(person, **more):
    return [row.kind for row in worklist(person, now=NOW, **more)]


def test_a_role_sees_its_items_and_the_outsider_hers(cast):
    promise(cast, "initial_visit")
    promise(cast, "pt_hold")
    promise(cast, "initial_visit_urgent", about="outis")
    assert kinds(cast.ana) == kinds(cast.ben) == ["initial_visit"]
    assert kinds(cast.amin) == kinds(cast.mbeki) == ["pt_hold"]
    assert kinds(cast.zoe) == ["initial_visit_urgent"]
    assert kinds(cast.ruiz) == kinds(cast.park) == []


def test_what_is_due_first_stands_on_top_and_what_is_done_is_gone(cast):
    late, soon, far = (promise(cast, due=after(m)) for m in (-30, 10, 500))
    assert [r.id for r in worklist(cast.ana, now=NOW)] == [late.pk, soon.pk, far.pk]
    close_item(item=soon, by=cast.ana, now=NOW, event="booked")
    assert [r.id for r in worklist(cast.ana, now=NOW)] == [late.pk, far.pk]


def test_an_item_named_for_one_person_is_on_that_list_only(cast):
    promise(cast, "message", owner=cast.ruiz)
    assert kinds(cast.ruiz) == ["message"]
    assert kinds(cast.ana) == kinds(cast.amin) == []


def test_a_taken_item_stays_on_everybodys_list_with_its_name(cast):
    item = promise(cast, "call_back", about=None)
    take(item=item, by=cast.ana, now=NOW)
    for person in (cast.ana, cast.ben):
        row = worklist(person, now=NOW)[0]
        assert (row.taken, row.owner_name) == (True, "Ana Flores")


def test_red_flags_stand_above_not_in_the_worklist(cast, new_call):
    saddle_numbness(cast, new_call, about=cast.okafor)
    assert kinds(cast.amin) == []


def test_the_partner_therapist_sees_items_of_patients_on_the_team_only(cast):
    from core.people.services import join_care_team

    promise(cast, "message", owner=cast.berg)
    promise(cast, "message", owner=cast.berg, about="hale")
    assert kinds(cast.berg) == []
    join_care_team(patient=cast.hale, user=cast.berg, role=Role.THERAPIST, by=cast.amin, now=NOW)
    assert [r.patient_name for r in worklist(cast.berg, now=NOW)] == ["Hale, Margaret"]


def test_pages_cover_all_rows_once_although_many_are_due_at_once(cast):
    made = {promise(cast, due=after(n // 7)).pk for n in range(23)}
    seen, key = [], None
    while page := worklist(cast.ana, now=NOW, after=key, limit=5):
        seen += [row.id for row in page]
        key = (page[-1].due_at, page[-1].id)
    assert len(seen) == 23 and set(seen) == made


def test_it_is_two_queries_however_long(cast, django_assert_num_queries):
    for _ in range(12):
        promise(cast)
    with one_request(), django_assert_num_queries(2):  # the viewer's reach, the rows
        assert len(worklist(cast.ana, now=NOW)) == 12


def test_a_patients_page_lists_what_is_open_for_them(cast):
    mine, other = promise(cast), promise(cast, about="hale")
    close_item(item=promise(cast), by=None, now=NOW, event="booked")
    assert [r.id for r in items_of_patient(cast.ana, cast.okafor)] == [mine.pk]
    assert [r.id for r in items_of_patient(cast.ana, cast.hale)] == [other.pk]
