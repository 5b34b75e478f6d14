"""The trail as a file: with a reason, after the password again, on the trail, never a formula."""

import csv
import io

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.audit.models import AuditEvent
from core.audit.services import record
from core.lib import csv_file
from tests.cast import NOW
from tests.factories.trail import fill
from tests.sessions import age_authentication

WHY = "Asked by the patient on 24 November"
FORMULA = '=HYPERLINK("http://x","y")'


def read(text):
    return list(csv.reader(io.StringIO(text.removeprefix(csv_file.MARK), newline="")))


def cells(first):
    return st.builds(lambda a, b: a + b, first, st.text(max_size=20))


ANY = st.one_of(st.text(max_size=30), cells(st.sampled_from(csv_file.DANGEROUS)))


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), max_size=8))
def test_every_cell_comes_back_and_none_is_a_formula(rows):
    text = "".join(csv_file.lines(("a", "=b", "c"), rows))
    head, *back = read(text)
    assert head == ["a", "'=b", "c"] and len(back) == len(rows)
    for row, kept in zip(rows, back, strict=True):
        for before, after in zip(row, kept, strict=True):
            assert not after.startswith(csv_file.DANGEROUS)
            assert after == (f"'{before}" if before.startswith(csv_file.DANGEROUS) else before)


def test_numbers_days_and_instants_are_plain():
    assert [csv_file.cell(v) for v in (-5, 1.5, True, None, NOW, NOW.date())] == [
        "-5", "1.5", "yes", "", "2026-11-24T21:00:00Z", "2026-11-24"]  # fmt: skip


@pytest.fixture
def send(cast, as_user, time_machine):
    time_machine.move_to(NOW, tick=False)

    def post(who, route="home:looks_file", about="okafor", fresh=True, **data):
        browser = as_user(getattr(cast, who))
        if not fresh:
            age_authentication(browser)
        return browser.post(reverse(route, args=[getattr(cast, about).pk]), data)

    return post


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "code"), [("cole", 200), ("park", 403), ("ana", 403),
                                           ("mora", 404)])  # fmt: skip
def test_a_file_for_the_clinics_own_manager(cast, send, who, code):
    record(by=cast.ana, action="read", object_kind="patient", patient_id=cast.okafor.pk, now=NOW)
    answer = send(who, reason=WHY)
    assert answer.status_code == code
    if code == 200:
        assert answer["Content-Disposition"] == 'attachment; filename="audit-chart-2026-11-24.csv"'
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_what_is_in_it_and_that_it_left_is_on_the_trail(cast, send):
    fill(cast, 30)
    cast.ana.full_name = FORMULA
    cast.ana.save()
    record(by=cast.ana, action="break_glass", object_kind="access_grant",
           patient_id=cast.okafor.pk, reason="@SUM(1)", now=NOW)  # fmt: skip
    answer = send("cole", reason=WHY, person=str(cast.ana.pk), since="2026-11-24")
    head, *rows = read(b"".join(answer.streaming_content).decode())
    assert tuple(head) == ("At (UTC)", "Who", "Roles", "Did", "What", "MRN", "Outcome", "Reason",
                           "Under emergency access", "From address", "Request")  # fmt: skip
    assert {row[1] for row in rows} == {f"'{FORMULA}"}
    assert rows[-1][7] == "'@SUM(1)" and rows[-1][5] == "1042"
    left = AuditEvent.objects.get(action="export", object_kind="audit_trail")
    assert (left.actor, left.patient_id, left.reason) == (cast.cole, cast.okafor.pk, WHY)
    assert left.fields == [f"rows={len(rows)}", "since=2026-11-24", f"person={cast.ana.pk}"]


@pytest.mark.django_db
def test_a_persons_file_leaves_a_row_for_every_patient_in_it(cast, send):
    for patient in (cast.okafor, cast.hale, cast.outis):
        record(by=cast.ana, action="read", object_kind="patient", patient_id=patient.pk, now=NOW)
    answer = send("cole", "home:audit_person_file", "ana", reason=WHY)
    assert len(read(b"".join(answer.streaming_content).decode())) == 3
    left = AuditEvent.objects.filter(action="export", patient_id__isnull=False)
    assert set(left.values_list("patient_id", flat=True)) == {cast.okafor.pk, cast.hale.pk}


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "because", "         x  "])
def test_no_file_without_a_reason(send, reason):
    answer = send("cole", reason=reason)
    assert answer.status_code == 422 and b"why this file is needed" in answer.content
    assert not AuditEvent.objects.filter(action="export").exists()


@pytest.mark.django_db
def test_no_file_when_the_password_was_given_long_ago(send):
    answer = send("cole", reason=WHY, fresh=False)
    assert answer.status_code == 403 and b"text/csv" not in answer["Content-Type"].encode()
    assert not AuditEvent.objects.filter(action="export").exists()


@pytest.mark.django_db
def test_too_many_rows_are_refused_with_what_to_do(cast, send, monkeypatch):
    monkeypatch.setattr("config.home.list_views.MOST", 9)
    fill(cast, 60)
    answer = send("cole", reason=WHY)
    assert answer.status_code == 422 and b"Narrow the list" in answer.content
    assert send("cole", reason=WHY, outcome="refused", since="2026-11-24").status_code == 200
