"""A merge needs every lock of two charts: whoever books or decides meanwhile is not ended by it."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from core.lib.errors import Conflict
from core.people.models import Patient
from core.people.services import add_payer, merge, plan_merge, undo_merge
from core.people.services.many import lock_numbers
from core.people.services.payers import PayerFacts
from intake.services.calls import locked, start_call, use_match
from intake.services.limits import lock_patient
from tests.cast import NOW, patient
from tests.factories.races import race
from tests.factories.schedule import Schedule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def twin(cast):
    return patient(cast.riverside, "2042", "Dan", "Okafor", cast.okafor.birth_date, "")


def merged(cast, twin):
    kept, gone = (Patient.objects.get(pk=chart.pk) for chart in (cast.okafor, twin))
    return merge(kept=kept, gone=gone, reason="One person", by=cast.park, now=NOW)


def beside_a_booking(call, who, act):
    """What `act` met while somebody with the call went on to its patient; and what they met."""
    held = threading.Event()

    def run(number):
        if number:
            held.wait(5)
            return act()
        with transaction.atomic():
            locked(call)
            held.set()
            time.sleep(0.2)
            return lock_patient(who)

    return race(run, runners=2)


def test_who_books_on_the_line_goes_first_and_the_merge_says_so(cast, twin):
    call = start_call(clinic=cast.riverside, by=cast.ana, now=NOW, form_key=uuid.uuid4())
    use_match(call=call, patient=twin, birth_date=twin.birth_date, by=cast.ana, now=NOW)
    booked, met = beside_a_booking(call, twin, lambda: merged(cast, twin))
    assert booked == twin and isinstance(met, Conflict) and "is writing on one" in str(met)
    booked, plan = beside_a_booking(
        call, twin, lambda: plan_merge(kept=cast.okafor, gone=twin, by=cast.park, now=NOW)
    )
    assert booked == twin and "is writing on one" in plan.conflicts[0]
    row = merged(cast, twin)
    back = lambda: undo_merge(merge=row, reason="Two people", by=cast.park, now=NOW)  # noqa: E731
    booked, met = beside_a_booking(call, cast.okafor, back)
    assert booked == cast.okafor and isinstance(met, Conflict)
    assert back().left == 0


def test_no_booking_waits_for_an_import_that_gives_out_numbers(cast):
    schedule = Schedule(cast)

    def book(_n):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return schedule.book(cast.okafor, "initial", cast.amin, schedule.at(10))

    with transaction.atomic():
        lock_numbers(cast.riverside)
        aetna = PayerFacts(name="Aetna", payer_class="commercial_erisa")
        add_payer(clinic=cast.riverside, wanted=aetna, by=cast.cole, now=NOW)
        [booked] = race(book, runners=1)
    assert booked.patient_id == cast.okafor.pk
