"""A new chart: one MRN each although eight register at once; what cannot be is refused."""

import datetime as dt

import pytest

from core.audit.models import AuditEvent
from core.lib.errors import Refused
from core.people.models import Patient
from core.people.services import register_patient
from tests.cast import NOW
from tests.factories.races import race

pytestmark = pytest.mark.django_db
BORN = dt.date(1990, 5, 1)


def register(cast, **more):
    values = {"clinic": cast.riverside, "given_name": " Ida  Mae ", "family_name": "Stone",
              "birth_date": BORN, "phone": "312 555 0111", "by": cast.ana, "now": NOW}  # fmt: skip
    return register_patient(**(values | more))


def test_the_next_number_after_the_highest_of_the_clinic(cast):
    assert register(cast).mrn == "1044"
    assert register(cast).mrn == "1045"
    assert register(cast, clinic=cast.lakeside, by=cast.zoe).mrn == "1043"


def test_numbers_from_elsewhere_do_not_disturb_the_count(cast):
    assert register(cast, mrn="A-99").mrn == "A-99"
    assert register(cast, mrn="0007").mrn == "0007"
    assert register(cast, mrn="1234567890").mrn == "1234567890"
    assert register(cast).mrn == "1044"


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_numbers(cast):
    found = race(lambda n: register(cast, given_name=f"Child {n}").mrn)
    assert sorted(found) == [str(number) for number in range(1044, 1052)]


def test_it_is_kept_as_it_is_searched_and_shown(cast):
    row = register(cast)
    assert (row.given_name, row.phone, row.registered_by) == ("Ida Mae", "+13125550111", cast.ana)
    assert "stone ida mae" in row.search and "3125550111" in row.search
    assert AuditEvent.objects.get(action="create", object_kind="patient").patient_id == row.pk


@pytest.mark.parametrize(
    ("more", "what"),
    [({"phone": "none"}, "area code"), ({"phone": "555 0111"}, "area code"),
     ({"phone": "312 555 0111 x12"}, "under Contacts"),
     ({"birth_date": dt.date(2026, 11, 26)}, "future"), ({"family_name": ""}, "family_name"),
     ({"email": "nowhere"}, "email"), ({"mrn": "1042"}, "already exists"),
     ({"given_name": "x" * 81}, "given_name")],
)  # fmt: skip
def test_what_cannot_be(cast, more, what):
    with pytest.raises(Refused, match=what):
        register(cast, **more)
    assert Patient.objects.filter(clinic=cast.riverside).count() == 2
    assert register(cast, phone="").phone == ""  # a number is not a must
