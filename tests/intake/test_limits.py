"""Limits refuse with their sentence; an override is somebody else's to review; a hold is final."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.accounts.roles import Role
from core.lib.errors import Conflict, Forbidden, Refused
from core.people.models import AccessGrant, StaffMember
from core.people.services import join_care_team
from intake import agenda
from intake.models import BookingLimit, LimitOverride, RedFlag
from intake.services import limits
from intake.services.booking import book_all
from intake.services.calls import join, save_fields
from intake.services.flags import decide_flag, release_pt_hold
from messaging.models import WorkItem
from tests.cast import NOW, user
from tests.factories.schedule import WED, Schedule

pytestmark = pytest.mark.django_db
SENTENCE = "No physical therapy in the first two days after the injection."


@pytest.fixture
def schedule(cast):
    return Schedule(cast)


def items(kind):
    return WorkItem.objects.filter(kind=kind, closed_at__isnull=True)


def limit(cast, **more):
    columns = {
        "patient": cast.okafor, "source": "procedure", "source_id": uuid.uuid4(),
        "kinds": ["pt_eval", "pt_session"], "from_on": WED, "to_on": WED, "sentence": SENTENCE,
        "by": cast.amin, "now": NOW,
    }  # fmt: skip
    return limits.set_limit(**columns | more)


def test_a_limit_refuses_its_kinds_on_its_days_in_its_own_words(cast, schedule):
    row = limit(cast)
    with pytest.raises(Refused, match="first two days after the injection.*A physician may"):
        schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9))
    assert schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))  # another kind
    friday = schedule.at(9, day=WED + dt.timedelta(days=2))
    assert schedule.book(cast.okafor, "pt_eval", cast.ruiz, friday)  # another day
    assert schedule.book(cast.hale, "pt_eval", cast.ruiz, schedule.at(9))  # another patient
    limits.end_limit(limit=row, by=cast.amin, now=NOW)
    assert schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(13))


def test_one_row_a_source(cast):
    source = uuid.uuid4()
    first = limit(cast, source_id=source)
    again = limit(cast, source_id=source, sentence="Three days.")
    assert again.pk == first.pk and (again.sentence, again.version) == ("Three days.", 2)
    assert BookingLimit.objects.count() == 1
    for bad in ({"kinds": []}, {"kinds": ["dance"]}, {"sentence": " "},
                {"to_on": WED - dt.timedelta(days=1)}):  # fmt: skip
        with pytest.raises(Refused):
            limit(cast, **bad)


def test_an_authorization_counts_its_units(cast, schedule):
    limit(cast, effect="only_within", units=1, to_on=WED + dt.timedelta(days=9),
          sentence="One PT visit is authorized until 4 Dec.")  # fmt: skip
    schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(9))
    with pytest.raises(Refused, match="One PT visit is authorized"):
        schedule.book(cast.okafor, "pt", cast.ruiz, schedule.at(11))


def test_an_override_needs_a_physician_and_a_reason_and_is_reviewed_by_another(cast, schedule):
    limit(cast)

    def booked(**more):
        return schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9), **more)

    with pytest.raises(Refused, match="A physician may"):
        booked(by=cast.ana, reason="I know better")
    with pytest.raises(Refused, match="write the reason"):
        booked(by=cast.amin, reason=" ")
    booked(by=cast.amin, reason="Seen today, may start")
    item, row = items("override_review").get(), LimitOverride.objects.get()
    assert item.subject_id == row.pk and row.by == cast.amin

    def reviewed(by, verdict="justified", words=""):
        return limits.review_override(override=row, verdict=verdict, words=words, by=by, now=NOW)

    with pytest.raises(Forbidden, match="Nobody reviews what they did"):
        reviewed(cast.amin)
    for outsider in (cast.ana, cast.quist, cast.mora):
        with pytest.raises(Forbidden, match="of this clinic"):
            reviewed(outsider)
    with pytest.raises(Refused, match="what should have been done"):
        reviewed(cast.cole, "not_justified")
    reviewed(cast.novak)
    assert not items("override_review").exists()
    with pytest.raises(Conflict, match="Paul Novak reviewed this already"):
        reviewed(cast.cole)


def test_the_pair_of_a_call_is_booked_against_a_limit_with_a_reason(
    cast, schedule, new_call, as_user
):
    limit(cast, to_on=WED + dt.timedelta(days=9))
    call = join(call=new_call(others="no"), patient=cast.okafor, by=cast.ana, now=NOW)
    page = reverse("intake:book_call", args=[call.pk])
    with time_machine.travel(NOW, tick=False):
        assert 'name="reason"' not in as_user(cast.ana).get(page).content.decode()
        physician = as_user(cast.amin)
        assert 'name="reason"' in physician.get(page).content.decode()
        offer = agenda.week_offer(cast.okafor, call, now=NOW, since=call.received_at)
        form = {"slots": offer.pairs[0].value}
        assert physician.post(page, form).status_code == 422
        elsewhere = physician.post(page, form | {"reason": "Seen today, may start", "slots": "x"})
        assert "Seen today, may start" in elsewhere.content.decode()  # what was typed stays
        answer = physician.post(page, form | {"reason": "Seen today, may start"})
        assert answer.status_code == 302
    assert LimitOverride.objects.get().reason == "Seen today, may start"


# --- the hold of a red flag --------------------------------------------------------------------


def held(cast, new_call, **answers):
    """An ended call of Okafor's whose fever holds therapy."""
    call = new_call(others="no", **answers or {"Q5": "yes"})
    call, _ = save_fields(call=call, typed={"region": "low_back"}, by=cast.ana, now=NOW)
    join(call=call, patient=cast.okafor, by=cast.ana, now=NOW)
    return RedFlag.objects.get(call=call)


def test_a_hold_is_a_limit_nobody_overrides(cast, schedule, new_call):
    flag = held(cast, new_call)
    row = BookingLimit.objects.get()
    assert (row.hard, row.source_id, row.patient) == (True, flag.pk, cast.okafor)
    for who in (cast.ana, cast.ruiz, cast.amin, cast.cole):
        with pytest.raises(Refused, match="on hold. A physician of this clinic releases it"):
            schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9), by=who, reason="now")
    with pytest.raises(Refused):
        limits.end_limit(limit=row, by=cast.amin, now=NOW)
    assert schedule.book(cast.okafor, "initial", cast.amin, schedule.at(9))
    release_pt_hold(flag=flag, reason="No fever any more", by=cast.novak, now=NOW)
    assert schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(11))
    row.refresh_from_db()
    assert row.ended_by == cast.novak


def test_a_hold_stands_while_the_call_is_still_on_the_line(cast, schedule, new_call):
    call = join(call=new_call(), patient=cast.okafor, by=cast.ana, now=NOW)
    call.hold_pt = True  # a finding that holds therapy and pages nobody: no flag until it ends
    call.save()
    both = [schedule.wanted("initial", cast.amin, schedule.at(9)),
            schedule.wanted("pt_eval", cast.ruiz, schedule.at(11))]  # fmt: skip
    with pytest.raises(Refused, match="a call that is still open holds physical therapy"):
        book_all(patient=cast.okafor, wanted=both, by=cast.ana, now=NOW, call=call)
    assert not cast.okafor.appointments.exists()  # both or none


def test_pt_booked_before_the_hold_is_work_until_the_release(cast, schedule, new_call):
    row = schedule.book(cast.okafor, "pt_eval", cast.ruiz, schedule.at(9))
    flag = held(cast, new_call)
    assert items("visit_rebook").get().subject_id == row.pk
    decide_flag(flag=flag, decision="confirm", to="", reason="Seen", release_hold=True,
                by=cast.amin, now=NOW)  # fmt: skip
    assert not items("visit_rebook").exists()


def test_only_a_physician_of_this_clinic_releases_a_hold(cast, new_call):
    flag = held(cast, new_call)
    partner = user("partner@north.example", "Pat North", Role.PHYSICIAN)
    StaffMember.objects.create(
        clinic=cast.riverside, user=partner, from_on=dt.date(2025, 1, 1),
        partner_practice="Northside",
    )  # fmt: skip
    join_care_team(patient=cast.okafor, user=partner, role=Role.PHYSICIAN, by=cast.ana, now=NOW)
    AccessGrant.objects.create(
        patient=cast.okafor, user=cast.quist, kind="cover", subject_id=uuid.uuid4(), reason="x",
        starts_at=NOW - dt.timedelta(hours=1), ends_at=NOW + dt.timedelta(hours=1),
    )  # fmt: skip
    for outsider in (cast.quist, partner):
        with pytest.raises(Forbidden, match="Only a physician of this clinic"):
            release_pt_hold(flag=flag, reason="fine", by=outsider, now=NOW)
        with pytest.raises(Forbidden, match="Only a physician of this clinic"):
            decide_flag(flag=flag, decision="confirm", to="", reason="fine", release_hold=True,
                        by=outsider, now=NOW)  # fmt: skip
    for nobody in (cast.ana, cast.ruiz, cast.cole):
        with pytest.raises(Forbidden, match="Only a physician"):
            release_pt_hold(flag=flag, reason="fine", by=nobody, now=NOW)
    with pytest.raises(Refused, match="Write why"):
        release_pt_hold(flag=flag, reason=" ", by=cast.amin, now=NOW)
    assert BookingLimit.objects.get().ended_at is None
    release_pt_hold(flag=flag, reason="fine", by=cast.amin, now=NOW)
    assert BookingLimit.objects.get().ended_at == NOW


def test_a_flag_without_a_chart_limits_nobody_until_it_has_one(cast, new_call):
    call = new_call(Q5="yes", others="no")
    call, _ = save_fields(call=call, typed={"region": "low_back"}, by=cast.ana, now=NOW)
    assert not BookingLimit.objects.exists()
    join(call=call, patient=cast.okafor, by=cast.ana, now=NOW)
    assert BookingLimit.objects.get().patient == cast.okafor
