"""Since you last looked: yesterday, last week, never; each reader their own, nobody another's."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.home.since import MOST, PAGE, looked, since_of
from core.audit.services import record
from core.documents.services import make_document
from core.people.models import Patient
from core.people.services import join_care_team
from intake.services.appointments import arrive, miss
from messaging.services.threads import start_thread
from outcomes.rules import Entry
from outcomes.services import mark_in_error, record_measurement
from rehab.limit_rules import Limit
from rehab.plan_body import Medication
from rehab.services.limits import lift, set_restrictions
from rehab.services.updates import send
from tests.cast import NOW
from tests.factories.updates import DAY, ELEMENTS, HOUR, Course

pytestmark = pytest.mark.django_db
MINUTE = HOUR / 60


@pytest.fixture
def course(cast):
    return Course(cast, days=20)


@pytest.fixture
def block(cast, course):
    def of(who, now=NOW):
        return since_of(who, cast.okafor, course.plan, now=now)

    return of


def update(cast, course, at, **more):
    return send(**(ELEMENTS | more), plan=course.plan, to=[cast.amin], by=cast.ruiz, now=at,
                key=uuid.uuid4(), head=course.plan.head)  # fmt: skip


def texts(block):
    return [(line.label, line.text) for line in block.lines]


def limit(cast, at, **more):
    (row,) = set_restrictions(
        patient=cast.okafor, source="physician", source_words="Dr. Amin", by=cast.amin, now=at,
        limits=[Limit("lift", "Lift at most 15 lb", at.date(), to_on=at.date() + 30 * DAY,
                      value=Decimal(15), unit="lb")], **more,
    )  # fmt: skip
    return row


# --- three readers --------------------------------------------------------------------------------


@pytest.fixture
def week(cast, course):
    """Lang looked eight days ago, Amin yesterday, Novak never."""
    course.stood(34, NOW - 15 * DAY)
    looked(cast.lang, cast.okafor, now=NOW - 8 * DAY)
    course.stood(37, NOW - 6 * DAY)
    course.revise("medication", Medication(lines=("gabapentin 300 mg at night",)), at=NOW - 5 * DAY)
    update(cast, course, NOW - 4 * DAY)
    limit(cast, NOW - 3 * DAY)
    looked(cast.amin, cast.okafor, now=NOW - DAY)
    course.stood(40, NOW - 2 * HOUR)


def test_who_looked_yesterday_reads_one_line(cast, week, block):
    found = block(cast.amin)
    assert found.looked_at == NOW - DAY
    assert texts(found) == [("Measured", "Stands 40 min (was 37)")]
    assert found.lines[0].who == "Lena Ruiz" and found.lines[0].at == NOW - 2 * HOUR
    assert found.update and not found.update.fresh  # known, and stands there all the same
    assert dict(found.update.elements)["Changed"] == ELEMENTS["changed"]


def test_who_looked_last_week_reads_what_came_newest_first(cast, week, block):
    found = block(cast.lang)
    assert found.update and found.update.fresh and found.update.who == "Lena Ruiz"
    assert [line.label for line in found.lines] == ["Measured", "Limit", "Plan changed"]
    assert texts(found)[0] == ("Measured", "Stands 40 min (was 34)")  # what Lang knew
    assert texts(found)[2] == ("Plan changed", "Medication: gabapentin 300 mg at night")
    assert "/plan-versions/" in found.lines[2].link


def test_who_was_never_here_reads_the_plan_in_three_lines(cast, week, block):
    found = block(cast.novak)
    assert found.looked_at is None and found.lines == ()
    assert [label for label, _ in found.plan] == ["What hurts", "Goal", "Therapy"]
    assert found.plan[0][1] == "L5-S1 radicular pain, left"
    assert found.plan[1][1].startswith("Stand and work 45 minutes by ")
    assert found.update and not found.update.fresh


def test_a_reload_empties_nothing(cast, week, block):
    before = texts(block(cast.amin))
    looked(cast.amin, cast.okafor, now=NOW)
    assert texts(block(cast.amin, NOW + 5 * MINUTE)) == before
    looked(cast.amin, cast.okafor, now=NOW + 5 * MINUTE)
    assert texts(block(cast.amin, NOW + 29 * MINUTE)) == before
    assert texts(block(cast.amin, NOW + 40 * MINUTE)) == []  # that was another look


def test_another_page_of_the_patient_is_no_look(cast, week, block):
    record(by=cast.amin, action="read", object_kind="patient", object_id=cast.okafor.pk,
           patient_id=cast.okafor.pk, now=NOW - HOUR)  # fmt: skip
    looked(cast.ruiz, cast.okafor, now=NOW - HOUR)
    looked(cast.amin, cast.hale, now=NOW - HOUR)
    assert block(cast.amin).looked_at == NOW - DAY


# --- what comes -----------------------------------------------------------------------------------


def test_a_value_marked_as_wrong_is_told_to_who_had_seen_it(cast, course, block):
    course.stood(34, NOW - 9 * DAY)
    slip = course.stood(43, NOW - 6 * DAY)
    for who in (cast.amin, cast.lang):
        looked(who, cast.okafor, now=NOW - 5 * DAY)
    mark_in_error(measurement=slip, reason="typed 43 instead of 34", by=cast.ruiz,
                  now=NOW - 3 * DAY, version=slip.version)  # fmt: skip
    course.stood(36, NOW - 2 * DAY)
    assert texts(block(cast.amin)) == [
        ("Measured", "Stands 36 min (was 34)"),
        ("Marked as wrong", "Stands 43 min was wrong: typed 43 instead of 34"),
    ]
    slip = course.stood(99, NOW - DAY)  # wrong before anybody saw it: no news
    mark_in_error(measurement=slip, reason="typo", by=cast.ruiz, now=NOW - HOUR,
                  version=slip.version)  # fmt: skip
    assert len(block(cast.amin).lines) == 2


def test_of_one_moment_the_goal_comes_first(cast, course, block):
    looked(cast.amin, cast.okafor, now=NOW - 5 * DAY)
    for metric, value in (("lift_capacity_lb", "15"), ("sleep_hours", "6")):
        more = {"region": "floor", "details": {"reps": "5"}} if metric[0] == "l" else {}
        record_measurement(patient=cast.okafor, metric=metric, entry=Entry(value=value, **more),
                           by=cast.ruiz, now=NOW - DAY)  # fmt: skip
    course.stood(40, NOW - DAY)
    assert [text.split()[0] for _, text in texts(block(cast.amin))] == ["Stands", "Lifts", "Sleeps"]


def test_an_old_value_typed_now_says_its_day(cast, course, block):
    looked(cast.amin, cast.okafor, now=NOW - 5 * DAY)
    record_measurement(patient=cast.okafor, metric="sleep_hours", entry=Entry(value="4"),
                       by=cast.ruiz, now=NOW - DAY, measured_at=NOW - 40 * DAY)  # fmt: skip
    assert texts(block(cast.amin)) == [
        ("Measured", "Sleeps 4 h, measured on Thu 15 Oct 2026"),
    ]


def test_everything_else_that_comes_has_a_line(cast, course, block, new_call, monkeypatch):
    monkeypatch.setattr("config.home.since.MOST", 20)
    held = limit(cast, NOW - 6 * DAY)
    looked(cast.lang, cast.okafor, now=NOW - 5 * DAY)
    lift(restriction=held, reason="cleared today", by=cast.amin, now=NOW - 4 * DAY,
         version=held.version)  # fmt: skip
    course.session(NOW - 3 * DAY)
    visit = course.session(NOW - 2 * DAY)
    type(visit).objects.filter(pk=visit.pk).update(state="booked")
    miss(appointment=visit, by=cast.ana, now=NOW - 2 * DAY + HOUR)
    make_document(patient=cast.okafor, data=b"x", kind="lab", title="Blood count",
                  file_name="x.png", by=cast.ana, now=NOW - 9 * HOUR, pages=1)  # fmt: skip
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Stairs", body="May he?",
                 to=[cast.lang], by=cast.ruiz, now=NOW - 8 * HOUR, dedupe_key="s")  # fmt: skip
    from intake.services.calls import use_match

    call = new_call(Q2="yes", now=NOW - 7 * HOUR)
    use_match(call=call, patient=cast.okafor, birth_date=cast.okafor.birth_date, by=cast.ana,
              now=NOW - 7 * HOUR)  # fmt: skip
    found = block(cast.lang)
    assert [line.label for line in found.lines] == [
        "Red flag", "Message", "Document", "Did not come", "Visit", "Limit lifted",
    ]  # fmt: skip
    assert found.lines[0].tone == "danger" and found.lines[3].tone == "warn"
    assert texts(found)[5] == ("Limit lifted", "Lift at most 15 lb: cleared today")
    assert texts(found)[4][1].startswith("PT session, Sat 21 Nov 2026")
    arrive(appointment=type(visit).objects.get(pk=visit.pk), by=cast.ana, now=NOW - HOUR)
    assert "Did not come" not in dict(texts(block(cast.lang)))  # late, and seen all the same


def test_the_desk_reads_no_clinical_line(cast, week, course, block):
    looked(cast.ana, cast.okafor, now=NOW - 8 * DAY)
    course.session(NOW - 3 * DAY)
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Ring him", body="Please",
                 to=[cast.ana], by=cast.ruiz, now=NOW - DAY, dedupe_key="s")  # fmt: skip
    found = block(cast.ana)
    assert found.update is None and {line.label for line in found.lines} == {"Message"}
    assert block(cast.ben).plan == ()
    assert block(cast.cole).update is None


def test_ones_own_doing_is_no_news(cast, course, block):
    looked(cast.ruiz, cast.okafor, now=NOW - 5 * DAY)
    course.stood(40, NOW - DAY)
    update(cast, course, NOW - DAY)
    found = block(cast.ruiz)
    assert found.lines == [] and found.update and not found.update.fresh


def test_another_clinics_reader_sees_nothing(cast, week, as_user):
    for who in (cast.quist, cast.zoe):
        assert as_user(who).get(f"/patients/{cast.okafor.pk}/").status_code == 404


def test_a_look_at_the_other_chart_of_a_merge_counts(cast, course, block):
    record(by=cast.amin, action="read", object_kind=PAGE, object_id=cast.hale.pk,
           patient_id=cast.hale.pk, now=NOW - 2 * DAY)  # fmt: skip
    assert block(cast.amin).looked_at is None
    Patient.objects.filter(pk=cast.hale.pk).update(merged_into=cast.okafor)
    assert block(cast.amin).looked_at == NOW - 2 * DAY
    looked(cast.amin, cast.okafor, now=NOW - 3 * DAY)
    assert block(cast.amin).looked_at == NOW - 2 * DAY  # the newest of both
    course.session(NOW - DAY)
    assert [line.label for line in block(cast.amin).lines] == ["Visit"]


def test_a_lifted_limit_says_why(cast, course, block):
    held = limit(cast, NOW - 6 * DAY)
    looked(cast.lang, cast.okafor, now=NOW - 5 * DAY)
    lift(restriction=held, reason="cleared today", by=cast.amin, now=NOW - 4 * DAY,
         version=held.version)  # fmt: skip
    assert texts(block(cast.lang)) == [("Limit lifted", "Lift at most 15 lb: cleared today")]


def test_a_few_lines_and_four_queries_however_much_came(cast, course, block):
    looked(cast.lang, cast.okafor, now=NOW - 9 * DAY)

    def asked(who):
        with CaptureQueriesContext(connection) as seen:
            found = block(who)
        return found, len(seen) - 1  # the plan itself is the page's

    join_care_team(patient=cast.okafor, user=cast.lang, role="behavioral_health", by=cast.ana,
                   now=NOW)  # fmt: skip
    course.stood(40, NOW - 8 * DAY)
    _, few = asked(cast.lang)
    for n in range(6):
        course.stood(41 + n, NOW - (6 * DAY - n * HOUR))
        course.session(NOW - (5 - n) * DAY - 12 * HOUR)
        limit(cast, NOW - 2 * DAY)
    found, many = asked(cast.lang)
    assert many == few <= 4
    assert len(found.lines) == MOST and found.more == 13 - MOST  # 1 measured, 6 visits, 6 limits
    _, first = asked(cast.novak)
    assert first <= 4
    body = found.lines[0]
    assert body.at == max(line.at for line in found.lines)


def test_the_page_shows_it_and_counts_as_a_look(cast, week, as_user):
    import time_machine

    with time_machine.travel(NOW, tick=False):
        browser = as_user(cast.amin)
        body = browser.get(f"/patients/{cast.okafor.pk}/").content.decode()
        assert "Since you last looked" in body and "Stands 40 min (was 37)" in body
    with time_machine.travel(NOW + 40 * MINUTE, tick=False):
        body = as_user(cast.amin).get(f"/patients/{cast.okafor.pk}/").content.decode()
        assert "Stands 40 min (was 37)" not in body
        assert "Update as it stands" in body and ELEMENTS["call_if"] in body
        first = as_user(cast.novak).get(f"/patients/{cast.okafor.pk}/").content.decode()
        assert "first time here" in first and "L5-S1 radicular pain, left" in first
        desk = as_user(cast.ana).get(f"/patients/{cast.okafor.pk}/").content.decode()
        assert ELEMENTS["call_if"] not in desk and "Stands 40 min" not in desk
