"""Two charts of one person: one, with everything of both; and two again, as they were."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.documents.services import make_document, refile
from core.events.services import dispatch
from core.importing.models import ExternalIdentifier, ImportRow
from core.lib.errors import Conflict, NotFound
from core.people.access import patient_for
from core.people.models import Allergy, Consent, Coverage, LegalHold, Patient, Payer
from core.people.selectors import find_patients
from core.people.services import join_care_team, merge, open_episode, plan_merge, undo_merge
from core.people.services.holds import place_hold
from core.people.services.merging import columns_to_patient
from core.people.services.sheets import note
from messaging.models import Delivery
from outcomes.models import Occurrence
from rehab.models import LimitsCheck
from rehab.services.plans import end_plan
from tests.cast import NOW, patient
from tests.factories.plans import Planned, visited
from tests.factories.races import race
from tests.factories.uploads import picture
from tests.guards.world import World
from tests.sessions import age_authentication

pytestmark = pytest.mark.django_db
WHY = "Both birth dates and the address agree"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def twin(cast):
    return patient(cast.riverside, "2042", "Dan", "Okafor", cast.okafor.birth_date, "")


def make_one(cast, kept, gone):
    return merge(kept=kept, gone=gone, reason=WHY, by=cast.park, now=NOW)


def rows_of(chart):
    """(model, key) of every row that names this chart."""
    return {
        (model.__name__, row.pk)
        for model, column in columns_to_patient()
        for row in model._default_manager.filter(**{column: chart})
    }


def everything(cast):
    """A row of every kind that names Okafor: the matrix's world, and what it leaves out."""
    world = World(cast)
    visited(cast, world.neck)
    LimitsCheck.objects.create(
        patient=cast.okafor, document=world.document.pk, found="copied", at=NOW, by=cast.ruiz
    )
    payer = Payer.objects.create(clinic=cast.riverside, name="P", payer_class="self_pay")
    release = {"kind": "release", "signed_by": "D. Okafor", "method": "paper", "party": "Any",
               "scope": "Imaging", "signed_on": NOW.date()}  # fmt: skip
    for kind, values in (
        (Coverage, {"payer": payer}),
        (Consent, release),
        (Allergy, {"substance": "Latex"}),
    ):
        note(patient=cast.okafor, kind=kind, values=values, by=cast.ana, now=NOW)
    open_episode(patient=cast.okafor, problem="Back", region="low_back", by=cast.ana, now=NOW)
    place_hold(patient=cast.okafor, reason="Court order 7 of Cook county", by=cast.cole, now=NOW)
    papers_and_letters(cast)
    return world


def papers_and_letters(cast):
    paper = make_document(
        patient=cast.hale, data=picture(), kind="lab", title="Blood", file_name="a.png",
        content_type="image/png", pages=1, by=cast.ana, now=NOW,
    )  # fmt: skip
    refile(document=paper, to=cast.okafor, reason="His name stands on it", version=paper.version,
           by=cast.ana, now=NOW)  # fmt: skip
    about = {"clinic": cast.riverside, "patient": cast.okafor}
    Occurrence.objects.create(kind="call_answered", subject_id=cast.okafor.pk, started_at=NOW,
                              at=NOW, seconds=0, recorded_at=NOW, **about)  # fmt: skip
    ExternalIdentifier.objects.create(system="urn:other", value="7", noted_at=NOW, **about)
    row = ImportRow.objects.earliest("pk")  # of the world's import
    row.patient = cast.okafor
    row.save()
    Delivery.objects.create(dedupe_key="merge", template="visit", path="/", created_at=NOW,
                            next_attempt_at=NOW, **about)  # fmt: skip


def test_every_row_of_every_app_moves_and_comes_back(cast, twin):
    world = everything(cast)
    before, own = rows_of(cast.okafor), rows_of(twin)
    kinds = {model for model, _ in before}
    every = {model.__name__ for model, _ in columns_to_patient()}
    assert every == kinds, f"make a row of {every - kinds} in everything()"
    row = merge(kept=twin, gone=cast.okafor, reason=WHY, by=cast.park, now=NOW)
    assert rows_of(cast.okafor) == set() and rows_of(twin) == before | own
    world.call.refresh_from_db()
    assert world.call.patient_id == twin.pk
    assert world.call.history.first().patient_id == twin.pk, "the history tells of the move"
    done = undo_merge(merge=row, reason="They are twins", by=cast.park, now=NOW)
    assert (done.left, rows_of(twin), rows_of(cast.okafor)) == (0, own, before)
    assert done.back >= len(before)


def test_the_trail_stays_where_it_was_written_and_is_read_together(cast, as_user, twin):
    patient_for(cast.amin, twin.pk, now=NOW)
    looks = AuditEvent.objects.filter(patient_id=twin.pk).count()
    make_one(cast, cast.okafor, twin)
    assert AuditEvent.objects.filter(patient_id=twin.pk).count() == looks + 1  # the merge itself
    page = as_user(cast.cole).get(reverse("home:looks", args=[cast.okafor.pk])).content.decode()
    assert page.count("Leila Amin") >= 1


def test_the_old_number_and_the_old_address_lead_to_the_kept_chart(cast, as_user, twin):
    make_one(cast, cast.okafor, twin)
    found = find_patients(cast.ana, "2042", now=NOW)
    assert [row.id for row in found] == [cast.okafor.pk]
    assert [row.id for row in find_patients(cast.ana, "okafor dan", now=NOW)] == [cast.okafor.pk]
    page = as_user(cast.ana).get(reverse("home:patient", args=[twin.pk]))
    assert page.status_code == 200 and "MRN 1042" in page.content.decode()
    with pytest.raises(NotFound):
        patient_for(cast.zoe, twin.pk, now=NOW)


def test_two_first_insurances_are_put_in_order_and_back(cast, twin):
    payer = Payer.objects.create(clinic=cast.riverside, name="P", payer_class="commercial_erisa")
    for chart, places in ((cast.okafor, (1,)), (twin, (1, 2))):
        for place in places:
            note(patient=chart, kind=Coverage, by=cast.ana, now=NOW,
                 values={"payer": payer, "member_id": f"{place}", "priority": place})  # fmt: skip
    row = make_one(cast, cast.okafor, twin)
    order = Coverage.objects.filter(patient=cast.okafor).order_by("priority")
    assert list(order.values_list("priority", flat=True)) == [1, 2, 3]
    undo_merge(merge=row, reason="two people", by=cast.park, now=NOW)
    again = Coverage.objects.filter(patient=twin).order_by("priority")
    assert [(c.priority, c.member_id) for c in again] == [(1, "1"), (2, "2")]


def test_who_is_on_both_teams_stays_once(cast, twin):
    for chart in (cast.okafor, twin):
        join_care_team(patient=chart, user=cast.ruiz, role="therapist", by=cast.ana, now=NOW)
    assert plan_merge(kept=cast.okafor, gone=twin, by=cast.park, now=NOW).stays == {
        "care team member": 1
    }
    make_one(cast, cast.okafor, twin)
    assert cast.okafor.care_team.count() == 1 and twin.care_team.count() == 1


def test_conflicts_are_listed_and_stop_it(cast, twin):
    for chart in (cast.okafor, twin):
        place_hold(patient=chart, reason="Court order 7 of Cook county", by=cast.cole, now=NOW)
    plan = plan_merge(kept=cast.okafor, gone=twin, by=cast.park, now=NOW)
    assert plan.conflicts == ["Both charts are under legal hold. Lift one of them first."]
    with pytest.raises(Conflict, match="legal hold"):
        make_one(cast, cast.okafor, twin)
    twin.refresh_from_db()
    assert twin.merged_into is None and LegalHold.objects.filter(patient=twin).count() == 1


def in_the_way(kept, gone):
    return ["Both have an active plan. Close one of them first."]


def test_what_a_higher_app_says_stops_it_too(cast, twin, settings):
    settings.MERGE_CHECKS = ["tests.core.test_merge.in_the_way"]
    with pytest.raises(Conflict, match="active plan"):
        make_one(cast, cast.okafor, twin)
    settings.MERGE_CHECKS = []
    assert make_one(cast, cast.okafor, twin)


def test_two_running_plans_for_one_region_stop_it_until_one_is_ended(cast, twin):
    back, other = Planned(cast), Planned(cast, patient=twin)
    with pytest.raises(Conflict, match="running plan \\(low back\\)"):
        make_one(cast, cast.okafor, twin)
    end_plan(plan=other.plan, reason="Registered twice", by=cast.amin, now=NOW,
             version=other.plan.version)  # fmt: skip
    make_one(cast, cast.okafor, twin)
    assert {back.plan.patient, other.plan.patient} == {cast.okafor}


@pytest.mark.parametrize(("kept", "gone", "words"), [
    ("okafor", "okafor", "same chart"), ("okafor", "outis", "two clinics")])  # fmt: skip
def test_what_can_never_be_one(cast, kept, gone, words):
    with pytest.raises(Conflict, match=words):
        make_one(cast, getattr(cast, kept), getattr(cast, gone))


def test_two_sign_ins_cannot_become_one(cast, twin):
    twin.user = cast.ben
    twin.save()
    with pytest.raises(Conflict, match="sign-in"):
        make_one(cast, cast.okafor, twin)


def test_the_sign_in_goes_with_the_person(cast, twin):
    row = merge(kept=twin, gone=cast.okafor, reason=WHY, by=cast.park, now=NOW)
    twin.refresh_from_db()
    assert twin.user == cast.daniel
    undo_merge(merge=row, reason="two people", by=cast.park, now=NOW)
    cast.okafor.refresh_from_db()
    assert cast.okafor.user == cast.daniel


def test_what_was_written_since_stays_and_a_second_undo_is_refused(cast, twin):
    row = make_one(cast, cast.okafor, twin)
    join_care_team(patient=patient_for(cast.amin, twin.pk, now=NOW), user=cast.ruiz,
                   role="therapist", by=cast.amin, now=NOW)  # fmt: skip
    undo_merge(merge=row, reason="two people", by=cast.park, now=NOW)
    assert cast.okafor.care_team.count() == 1 and twin.care_team.count() == 0
    with pytest.raises(Conflict, match="undone before"):
        undo_merge(merge=row, reason="two people", by=cast.park, now=NOW)


def test_what_an_old_page_wrote_a_moment_later_comes_after(cast, twin):
    make_one(cast, cast.okafor, twin)
    stale = Patient.objects.get(pk=twin.pk)  # fetched before, written after
    join_care_team(patient=stale, user=cast.ruiz, role="therapist", by=cast.amin, now=NOW)
    dispatch(now=NOW)
    assert twin.care_team.count() == 1, "not yet: a request may still be writing"
    dispatch(now=NOW + dt.timedelta(minutes=3))
    assert (twin.care_team.count(), cast.okafor.care_team.count()) == (0, 1)
    row = twin.merged_away.get()
    undo_merge(merge=row, reason="two people", by=cast.park, now=NOW)
    assert twin.care_team.count() == 1


def test_a_later_merge_is_undone_first(cast, twin):
    first = make_one(cast, cast.okafor, twin)
    second = make_one(cast, cast.hale, Patient.objects.get(pk=cast.okafor.pk))
    with pytest.raises(Conflict, match="Undo that first"):
        undo_merge(merge=first, reason="two people", by=cast.park, now=NOW)
    undo_merge(merge=second, reason="two people", by=cast.park, now=NOW)
    undo_merge(merge=first, reason="two people", by=cast.park, now=NOW)
    assert patient_for(cast.ana, twin.pk, now=NOW).pk == twin.pk


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one_merge(cast, twin):
    met = race(lambda n: make_one(cast, cast.okafor, Patient.objects.get(pk=twin.pk)))
    assert sum(isinstance(m, Conflict) for m in met) == 7


def test_the_page_compares_asks_why_and_takes_it_back(cast, as_user, twin):
    park, path = as_user(cast.park), reverse("home:merge", args=[cast.okafor.pk])
    assert "MRN 2042" in park.get(path).content.decode(), "the likely one is offered"
    compared = park.post(path, {"other": str(twin.pk)}).content.decode()
    assert "Daniel" in compared and "Dan" in compared and "Make it one chart" in compared
    once = {"form_key": str(uuid.uuid4())}
    refused = park.post(path, once | {"other": str(twin.pk), "reason": "x"})
    assert refused.status_code == 422 and "Write why" in refused.content.decode()
    once = {"form_key": str(uuid.uuid4())}
    assert park.post(path, once | {"other": str(twin.pk), "reason": WHY}).status_code == 302
    page = park.get(reverse("home:registration", args=[cast.okafor.pk])).content.decode()
    assert "MRN 2042 was merged" in page
    row = cast.okafor.merges.get()
    undo = reverse("home:undo_merge", args=[cast.okafor.pk, row.pk])
    once = {"form_key": str(uuid.uuid4())}
    assert park.post(undo, once | {"reason": "They are twins"}).status_code == 302
    assert park.get(reverse("home:patient", args=[twin.pk])).status_code == 200


def test_who_may(cast, as_user, twin):
    path = reverse("home:merge", args=[cast.okafor.pk])
    assert as_user(cast.ana).get(path).status_code == 403
    assert as_user(cast.mora).get(path).status_code == 404
    cole = as_user(cast.cole)
    assert cole.get(path).status_code == 200
    age_authentication(cole)
    assert cole.get(path).status_code == 403, "asks who it is again"
