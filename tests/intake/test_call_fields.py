"""Typed fields are kept one by one; the call joins a chart only with the right birth date."""

import datetime as dt
import uuid

import pytest

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, NotFound, Refused
from core.people.models import Patient
from intake.models import Call, RedFlag
from intake.selectors import call_for, matches
from intake.services.answers import save_answer
from intake.services.calls import hang_up, register_caller, save_fields, start_call, use_match
from messaging.models import Thread, WorkItem
from tests.cast import NOW
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db


def typed(call, cast, **fields):
    return save_fields(call=call, typed=fields, by=cast.ana, now=after(1))


def test_each_field_is_saved_alone(cast, new_call):
    call = new_call()
    typed(call, cast, given_name="Ida")
    typed(call, cast, family_name=" Stone ")
    call, problems = typed(call, cast, birth_date="3/14/1974", region="knee", phone="312.555.0111")
    assert problems == {}
    assert (call.given_name, call.family_name, call.birth_date) == (
        "Ida",
        "Stone",
        dt.date(1974, 3, 14),
    )
    assert (call.region, call.phone, call.saved_at) == ("knee", "+13125550111", after(1))
    rows = AuditEvent.objects.filter(action="change", object_id=str(call.pk)).order_by("pk")
    assert [sorted(r.fields) for r in rows] == [
        ["given_name"], ["family_name"], ["birth_date", "phone", "region"]]  # fmt: skip


def test_what_cannot_be_read_keeps_the_last_value_and_says_so(cast, new_call):
    call = new_call()
    typed(call, cast, birth_date="3/14/1974", phone="312 555 0111", region="knee")
    call, problems = typed(call, cast, birth_date="31/31/1974", phone="no", region="soul",
                           family_name="Stone", relation="enemy", since="x" * 121)  # fmt: skip
    assert set(problems) == {"birth_date", "phone", "region", "relation", "since"}
    assert "03/14/1974" in problems["birth_date"]
    call.refresh_from_db()
    assert (call.birth_date, call.phone, call.region) == (
        dt.date(1974, 3, 14),
        "+13125550111",
        "knee",
    )
    assert (call.family_name, call.relation) == ("Stone", "self")  # the rest is saved


def test_saving_the_same_again_writes_nothing(cast, new_call):
    call, _ = typed(new_call(), cast, family_name="Stone")
    again, _ = typed(call, cast, family_name="Stone", unknown="field")
    assert again.version == call.version


def test_a_birth_date_can_change_where_the_call_goes(cast, new_call):
    call = new_call(others="no", Q10="yes:RF08b")
    assert not RedFlag.objects.exists()
    typed(call, cast, birth_date="02/03/1950")  # over 65: may be a fracture
    assert RedFlag.objects.get().disposition == "same_day_physician"


def start(cast, key, by=None):
    return start_call(clinic=cast.riverside, by=by or cast.ana, now=NOW, form_key=key)


def test_the_same_form_is_the_same_call_and_nobody_elses(cast):
    key = uuid.uuid4()
    first = start(cast, key)
    assert start(cast, key) == first
    with pytest.raises(Conflict, match="somebody else"):
        start(cast, key, by=cast.ben)
    assert start(cast, uuid.uuid4(), by=cast.ben) != first


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_call(cast):
    key = uuid.uuid4()
    calls = race(lambda _: start(cast, key).pk)
    assert len(set(calls)) == 1 and Call.objects.count() == 1


def test_the_birth_date_asked_now_must_agree_and_a_wrong_guess_is_on_the_trail(cast, new_call):
    call = new_call()
    for born in (None, dt.date(1974, 3, 15)):
        with pytest.raises(Refused, match="date of birth"):
            use_match(call=call, patient=cast.okafor, birth_date=born, by=cast.ana, now=NOW)
    row = AuditEvent.objects.get(action="match", outcome="refused")
    assert (row.actor, row.patient_id) == (cast.ana, cast.okafor.pk)
    call.refresh_from_db()
    assert call.patient is None
    joined = use_match(call=call, patient=cast.okafor, birth_date=dt.date(1974, 3, 14), by=cast.ana,
                       now=NOW)  # fmt: skip
    assert (joined.patient, joined.given_name, joined.phone) == (
        cast.okafor,
        "Daniel",
        "+13125550188",
    )


def test_joined_the_flag_its_thread_and_its_promises_go_with_it(cast, new_call):
    call = new_call(Q5="yes")
    use_match(
        call=call, patient=cast.okafor, birth_date=cast.okafor.birth_date, by=cast.ana, now=NOW
    )
    assert RedFlag.objects.get().patient == Thread.objects.get().patient == cast.okafor
    hang_up(call=call, by=cast.ana, now=after(1))
    assert {i.patient for i in WorkItem.objects.all()} == {cast.okafor}


@pytest.mark.django_db(transaction=True)
def test_joined_in_the_moment_of_the_answer_the_flag_still_finds_its_chart(cast, new_call):
    for _ in range(3):
        call = new_call()
        acts = [
            lambda c=call: use_match(call=c, patient=cast.okafor, birth_date=dt.date(1974, 3, 14),
                                     by=cast.ana, now=NOW),
            lambda c=call: save_answer(call=c, question="Q2", answer="yes", flags=[], by=cast.ana,
                                       now=NOW),
        ]  # fmt: skip
        race(lambda n, a=acts: a[n](), runners=2)
        flag = RedFlag.objects.get(call=call)
        assert flag.patient == flag.thread.patient == cast.okafor


def test_a_new_caller_gets_a_chart_from_what_was_typed(cast, new_call):
    call = new_call(Q2="yes")
    with pytest.raises(Refused, match="first name, last name and date of birth"):
        register_caller(call=call, by=cast.ana, now=NOW)
    typed(call, cast, given_name="Ida", family_name="Stone", birth_date="03141974")
    call = register_caller(call=call, by=cast.ana, now=NOW)
    chart = call.patient
    assert (chart.mrn, chart.phone, chart.registered_by) == ("1044", "+13125550188", cast.ana)
    assert RedFlag.objects.get().patient == chart
    with pytest.raises(Conflict, match="chart already"):
        register_caller(call=call, by=cast.ana, now=NOW)
    assert Patient.objects.filter(family_name="Stone").count() == 1


def test_a_callers_number_is_not_the_patients(cast, new_call):
    call = new_call()
    typed(
        call, cast, given_name="Ida", family_name="Stone", birth_date="03141974", relation="child"
    )
    assert register_caller(call=call, by=cast.ana, now=NOW).patient.phone == ""


def test_charts_are_offered_by_number_and_by_near_name_of_this_clinic_only(cast, new_call):
    call = new_call()
    typed(call, cast, phone="312 555 0142")
    call.refresh_from_db()
    assert [m.mrn for m in matches(cast.ana, call, now=NOW)] == ["1042"]
    typed(call, cast, phone="312 555 0100", family_name="Okafer", birth_date="3/14/1974")
    call.refresh_from_db()
    assert [m.family_name for m in matches(cast.ana, call, now=NOW)] == ["Okafor"]
    typed(call, cast, family_name="Outis", birth_date="1/1/1980", given_name="Odile")
    call.refresh_from_db()
    assert matches(cast.ana, call, now=NOW) == []
    assert matches(cast.zoe, call, now=NOW) == []  # her own charts neither: it is not her call


def test_a_call_is_open_to_its_clinic_and_looks_are_on_the_trail(cast, new_call):
    call = new_call()
    for person in (cast.ana, cast.amin, cast.cole):
        assert call_for(person, call.pk, now=NOW) == call
    for person in (cast.zoe, cast.quist, cast.berg):
        with pytest.raises(NotFound):
            call_for(person, call.pk, now=NOW)
    outcomes = AuditEvent.objects.filter(object_kind="call", action="read").values_list(
        "outcome", flat=True
    )
    assert sorted(outcomes) == ["done"] * 3 + ["refused"] * 3


def test_joined_once_it_stays_with_its_chart(cast, new_call):
    call = new_call(Q2="yes")
    use_match(call=call, patient=cast.okafor, birth_date=cast.okafor.birth_date, by=cast.ana,
              now=NOW)  # fmt: skip
    with pytest.raises(Conflict, match="chart already"):
        use_match(call=call, patient=cast.hale, birth_date=cast.hale.birth_date, by=cast.ana,
                  now=NOW)  # fmt: skip
    assert RedFlag.objects.get().patient == cast.okafor
