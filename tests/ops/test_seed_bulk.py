"""The invented thousands: the same dice give the same rows, and the rows are real ones."""

import datetime as dt
import uuid

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from config.home.demo import bulk, bulk_names
from config.home.demo.bulk import FIRST_MRN, SEED, SISTER, fill
from core.audit.models import AuditEvent
from core.people.models import Clinic, Patient
from core.people.names import phone_e164, search_text
from core.people.selectors import find_patients
from core.protocols.services import load
from intake.models import Call, CallAnswer, RedFlag
from intake.selectors import call_screen
from intake.services.answers import save_answer
from intake.services.calls import start_call
from messaging.models import Recipient, Rung, WorkItem
from messaging.selectors.worklist import worklist
from messaging.services.work import close_by_hand, open_item
from messaging.tick import due_rungs
from outcomes.models import Measurement, Occurrence, SurveyResponse
from outcomes.rules import Entry, plain, read
from outcomes.selectors import key_of, metrics_at

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 21, 0, tzinfo=dt.UTC)
COMPARED = (
    "people_patient", "people_careteammember", "people_historicalpatient", "intake_call",
    "intake_callanswer", "intake_redflag", "messaging_workitem", "messaging_rung",
    "outcomes_measurement", "outcomes_surveyresponse", "outcomes_occurrence",
    "messaging_message", "messaging_recipient", "messaging_delivery", "audit_auditevent",
    "accounts_user", "rehab_careplan", "rehab_planversion", "rehab_planack", "rehab_pathwaystep",
    "rehab_restriction", "rehab_update", "rehab_historicalcareplan",
)  # fmt: skip
COUNTED = {"audit_auditevent", "intake_callanswer", "messaging_rung"}


@pytest.fixture
def clinic(time_machine, tmp_path, monkeypatch):
    """The demo's clinic and people, without its stories."""
    time_machine.move_to(NOW, tick=False)
    monkeypatch.setattr(bulk, "PORTION", 30)
    for kind in ("red_flags", "escalation", "metrics", "lanes"):
        load(kind=kind, now=NOW)
    call_command("seed_demo", "--without-stories", "--users-file", tmp_path / "u", verbosity=0)
    return Clinic.objects.get()


def seed(clinic, patients=60, seed=SEED):
    lines = []
    fill(clinic=clinic, patients=patients, now=NOW, say=lines.append, seed=seed)
    return lines


def rows_of(table):
    """Every row as text, without the ids the database counted up."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        counted = {"history_id", *(["id"] if table in COUNTED else [])}
        keep = [i for i, column in enumerate(cursor.description) if column.name not in counted]
        return sorted(str([row[i] for i in keep]) for row in cursor.fetchall())


def test_the_same_seed_gives_the_same_rows(clinic):
    """Rolled back and thrown again with the same dice, then with others."""

    def thrown(dice):
        with transaction.atomic():
            seed(clinic, seed=dice)
            found = {table: rows_of(table) for table in COMPARED}
            transaction.set_rollback(True)
        return found

    first, again, other = thrown(SEED), thrown(SEED), thrown("other dice")
    assert all(first[table] for table in COMPARED if table != "intake_redflag")
    assert first == again
    assert first["people_patient"] != other["people_patient"]


def test_every_constraint_holds_and_the_columns_agree(clinic):
    seed(clinic)
    connection.check_constraints()  # the foreign keys, which wait for the commit
    assert Patient.objects.count() == 60 and WorkItem.objects.count() == 600
    for row in Patient.objects.all():
        assert row.search == search_text(given_name=row.given_name, family_name=row.family_name,
                                         mrn=row.mrn, phone=row.phone)  # fmt: skip
        assert phone_e164(row.phone) == row.phone and "55501" in row.phone
        assert row.history.count() == 1 and row.registered_at < NOW
    assert Measurement.objects.count() == Measurement.history.count() == 600
    assert SurveyResponse.objects.count() == Measurement.objects.filter(metric="nprs").count()
    done = WorkItem.objects.filter(closed_at__isnull=False)
    assert Occurrence.objects.count() == done.count() > 0
    for row in Measurement.objects.select_related("patient"):  # what the service would have kept
        stated = Entry(value=plain(row.value), region=row.region, details=row.details)
        metric = metrics_at(NOW).by_id[row.metric]
        assert read(metric, stated).key == key_of(row) and row.measured_at < NOW
    for item in WorkItem.objects.filter(kind="message"):
        assert Recipient.objects.filter(pk=item.subject_id, user=item.owner_id).exists()
    assert not WorkItem.objects.filter(closed_at__gt=NOW).exists()
    assert not AuditEvent.objects.filter(at__gt=NOW).exists()
    assert CallAnswer.objects.count() == CallAnswer.history.count()
    said = Call.objects.filter(state="closed", answers__isnull=False).distinct()
    assert said.count() and all(call.answers.count() == 12 for call in said)


def test_a_second_start_adds_nothing_and_a_cut_one_goes_on(clinic, monkeypatch):
    seed(clinic, patients=30)
    lines = seed(clinic, patients=60)  # the second portion was missing
    assert "there already" in lines[0] and "there already" not in lines[1]
    assert Patient.objects.count() == 60
    assert all("there already" in line for line in seed(clinic)[:2])
    assert Patient.objects.count() == 60 and Patient.history.count() == 60


def test_the_services_work_on_these_rows(clinic):
    seed(clinic)
    desk = clinic.staff.get(user__email="ana.flores@hallway.example").user
    somebody = Patient.objects.order_by("mrn").first()
    found = find_patients(desk, f"{somebody.given_name} {somebody.family_name}", now=NOW)
    assert somebody.pk in {row.id for row in found}
    rows = worklist(desk, now=NOW)
    assert rows and rows == sorted(rows, key=lambda row: row.due_at)
    visit = WorkItem.objects.filter(kind="initial_visit", closed_at=None).first()
    closed = close_by_hand(item=visit, by=desk, now=NOW, reason="Booked for Monday")
    assert closed.closed_at == NOW
    opened = open_item(kind="initial_visit", subject_id=uuid.uuid4(), clinic=clinic,
                       patient=somebody, reason="calls again", by=desk, now=NOW)  # fmt: skip
    assert opened.due_at > NOW
    call = start_call(clinic=clinic, by=desk, now=NOW, form_key=uuid.uuid4(), patient=somebody)
    save_answer(call=call, question="Q1", answer="no", flags=[], by=desk, now=NOW)
    ended = Call.objects.filter(state="closed", patient=somebody).first()
    assert call_screen(desk, ended, now=NOW).standing.disposition == ended.disposition


def test_flags_stand_where_the_protocol_puts_them(clinic, monkeypatch):
    monkeypatch.setattr("config.home.demo.bulk_rows.OFTEN", (0, 0, 1, 1))
    seed(clinic, patients=30)
    assert RedFlag.objects.count() > 5
    desk = clinic.staff.get(user__email="ana.flores@hallway.example").user
    for flag in RedFlag.objects.all():
        assert flag.state == "decided" and not flag.is_holding_pt
        screen = call_screen(desk, flag.call, now=NOW)
        assert screen.standing.disposition == flag.disposition


def test_nobody_is_nudged_for_what_is_past(clinic):
    """The first tick after seeding finds nothing overdue among the invented rows."""
    seed(clinic)
    assert Rung.objects.filter(sent_at=None, at__lte=NOW, item__closed_at=None).count() == 0
    assert due_rungs(now=NOW) == 0


def test_many_patients_have_a_second_clinic(clinic, monkeypatch):
    monkeypatch.setattr(bulk, "SISTER_FROM", 50)
    seed(clinic)
    sister = Clinic.objects.get(name=SISTER)
    assert (clinic.patients.count(), sister.patients.count()) == (48, 12)
    ours = {clinic.pk: set(clinic.staff.values_list("user_id", flat=True)),
            sister.pk: set(sister.staff.values_list("user_id", flat=True))}  # fmt: skip
    assert not ours[clinic.pk] & ours[sister.pk]
    for item in WorkItem.objects.exclude(owner=None):
        assert item.owner_id in ours[item.clinic_id]


def test_names_are_plausible_and_numbers_are_nobodys():
    words = {*bulk_names.FEMALE, *bulk_names.MALE, *bulk_names.FAMILY}
    assert len(words) > 300
    assert any("'" in w for w in words) and any("-" in w for w in words)
    assert any(not w.isascii() for w in words)
    assert FIRST_MRN > 2000
