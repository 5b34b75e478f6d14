"""A lock on a clinic or a person lets others write rows that name them: nobody waits for it."""

import datetime as dt

import pytest
from django.db import connection, transaction

from core.accounts import codes
from core.accounts.factors import remove_factors
from core.accounts.services import give_token, switch_account
from core.people.services import register_patient, set_cover
from core.people.services.staff import change_person, lock_clinics_of, particulars_of
from messaging.services.threads import start_thread
from tests.cast import NOW
from tests.core.test_sign_in import KEY
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def change(cast):
    post = cast.ben.posts.get()
    change_person(post=post, wanted=particulars_of(cast.ben, post), version=1, by=cast.cole,
                  now=NOW)  # fmt: skip


LOCKS = {
    "leaving": lambda cast: lock_clinics_of(cast.ben),
    "change": change,
    "register": lambda cast: register_patient(
        clinic=cast.riverside, given_name="A", family_name="B", birth_date=dt.date(1990, 1, 1),
        phone="", by=cast.ben, now=NOW),
    "cover": lambda cast: set_cover(
        user=cast.ben, delegate=cast.ana, clinic=cast.riverside, from_on=NOW.date(),
        to_on=NOW.date(), by=cast.ben, now=NOW),
    "token": lambda cast: give_token(user=cast.ben, label="x", days=30, by=cast.ben, now=NOW),
    "factor": lambda cast: remove_factors(user=cast.ben, by=cast.cole, now=NOW),
    "switch": lambda cast: switch_account(user=cast.ben, on=False, by=cast.cole, now=NOW),
}  # fmt: skip


@pytest.mark.parametrize("which", LOCKS)
def test_a_message_is_sent_while_the_lock_is_held(cast, which):
    codes.enrol(user=cast.ben, secret=KEY)
    words = {"clinic": cast.riverside, "patient": cast.okafor, "title": "x", "body": "x",
             "to": [cast.ben], "now": NOW, "dedupe_key": "x"}  # fmt: skip

    def write(_n):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return start_thread(**words, by=cast.amin)

    with transaction.atomic():
        LOCKS[which](cast)
        found = race(write, runners=1)
    assert not isinstance(found[0], Exception), found


def test_two_who_change_the_same_person_still_wait_for_each_other(cast):
    def lock(_n):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            return lock_clinics_of(cast.ana)

    with transaction.atomic():
        lock_clinics_of(cast.ben)
        assert isinstance(race(lock, runners=1)[0], Exception)
    assert race(lock, runners=1) == [[cast.riverside]]
