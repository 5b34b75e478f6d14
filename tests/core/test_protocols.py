"""Clinical content as versions: loaded once, never changed, signed off once by a physician."""

import copy
import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.lib.errors import Conflict, NotFound
from core.protocols import services
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import counting_ids, current_version, protocol_of
from core.protocols.services import load, sign_off
from intake.services.calls import start_call
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(monkeypatch):
    """`changed(version="2")`: the file on disk now says so."""
    body, protocol = services.read_file("red_flags")

    def change(**more):
        monkeypatch.setattr(
            services, "read_file", lambda kind: (copy.deepcopy(body) | more, protocol)
        )

    return change


def test_the_same_file_twice_is_one_version(cast):
    row, fresh = load(kind="red_flags", now=NOW)
    assert not fresh and ProtocolVersion.objects.filter(kind="red_flags").get() == row
    assert row.label == "red_flags v1"


def test_other_content_needs_another_number(cast, changed):
    changed(title="Softer red flags")
    with pytest.raises(Conflict, match="new version"):
        load(kind="red_flags", now=NOW)
    assert "Softer" not in str(ProtocolVersion.objects.get(kind="red_flags").body)
    changed(title="Softer red flags", version="2")
    row, fresh = load(kind="red_flags", now=NOW)
    assert fresh and row.label == "red_flags v2"


def test_a_version_holds_from_its_day_and_the_older_stays_readable(cast, changed):
    first = current_version("red_flags", now=NOW)
    changed(version="2", effective_on="2027-01-01")
    second, _ = load(kind="red_flags", now=NOW)
    assert current_version("red_flags", now=NOW) == first
    assert current_version("red_flags", now=NOW + dt.timedelta(days=60)) == second
    assert protocol_of(first).label == "red_flags v1"


def test_a_version_begins_with_the_clinic_s_day_and_not_with_that_of_utc(cast, changed):
    """At seven in the evening in Chicago it is tomorrow in UTC; a call is asked by today."""
    first = current_version("red_flags", now=NOW)
    changed(version="2", effective_on="2026-11-25")
    second, _ = load(kind="red_flags", now=NOW)
    evening, morning = NOW + dt.timedelta(hours=4), NOW + dt.timedelta(hours=10)
    for at, held in ((evening, first), (morning, second)):
        assert current_version("red_flags", now=at, clinic=cast.riverside) == held
        call = start_call(clinic=cast.riverside, by=cast.ana, now=at, form_key=uuid.uuid4())
        assert call.protocol == held
        assert counting_ids(now=at, clinic=cast.riverside) & {first.pk, second.pk} == {held.pk}
    assert current_version("red_flags", now=evening) == second, "where no clinic is known"


def test_before_anything_is_loaded(db):
    with pytest.raises(NotFound, match="load_protocols"):
        current_version("red_flags", now=NOW)


def test_signed_off_once(cast):
    row = current_version("red_flags", now=NOW)
    assert row.signed_off_by is None
    assert sign_off(version=row, by=cast.amin, now=NOW).signed_off_by == cast.amin
    with pytest.raises(Conflict, match="signed off before, by Leila Amin"):
        sign_off(version=row, by=cast.novak, now=NOW)


@pytest.mark.parametrize(
    ("name", "code"),
    [("amin", 302), ("ana", 403), ("ruiz", 403), ("park", 403), ("cole", 403), ("lang", 403)],
)
def test_only_a_physician_signs(cast, as_user, name, code):

    row = current_version("red_flags", now=NOW)
    with time_machine.travel(NOW, tick=False):
        answer = as_user(getattr(cast, name)).post(reverse("protocols:sign_off", args=[row.pk]))
    row.refresh_from_db()
    assert answer.status_code == code
    assert row.signed_off_by == (cast.amin if code == 302 else None)
