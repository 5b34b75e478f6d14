"""Undo for a day: what nobody touched goes, what somebody worked on stays and says why."""

import datetime as dt
import uuid

import pytest

from core.importing.models import ExternalIdentifier
from core.importing.services import batches
from core.lib.errors import Conflict, Refused
from core.lib.states import StateError
from core.people.models import Coverage, Episode, Patient
from outcomes.rules import Entry
from outcomes.services.measures import record_measurement
from outcomes.services.occurrences import record_occurrence
from tests.cast import NOW
from tests.factories.imports import bundle, checked, coverage, person, table, taken_over, undone

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
UNA = [
    "Neumann",
    "Una",
    "02/02/1962",
    "",
    "312 555 0190",
    "una@mail.example",
    "Aetna",
    "W1",
    "Gary",
]
ODA = ["Neumann", "Oda", "03/03/1963", "", "312 555 0191", "", "", "", ""]
OKAFOR = ["Okafor", "Daniel", "03/14/1974", "1042", "", "d@mail.example", "Aetna", "W2", "Gary"]


def test_charts_additions_and_history_are_gone(cast):
    held = (Patient.objects.count(), Coverage.objects.count(), ExternalIdentifier.objects.count())
    batch = checked(cast, table(UNA, OKAFOR))
    taken_over(batch)
    una = Patient.objects.get(family_name="Neumann")
    assert undone(batch).result == {"undone": 2, "kept": 0}
    now = (Patient.objects.count(), Coverage.objects.count(), ExternalIdentifier.objects.count())
    assert now == held
    assert not Patient.history.filter(id=una.pk).exists(), "nobody is named for ever by mistake"
    cast.okafor.refresh_from_db()
    assert (cast.okafor.email, cast.okafor.city, cast.okafor.version) == ("", "", 3)
    assert batch.rows.get(number=2).patient_id is None


def test_what_was_touched_since_stays_and_says_why(cast):
    batch = checked(cast, table(UNA, ODA, OKAFOR))
    taken_over(batch)
    una, oda = (Patient.objects.get(given_name=name) for name in ("Una", "Oda"))
    Episode.objects.create(patient=una, problem="knee", region="knee", opened_on=NOW.date())
    cover = cast.okafor.coverages.get()
    cover.version = 2
    cover.save()
    assert undone(batch).result == {"undone": 1, "kept": 2}
    why = dict(batch.rows.values_list("number", "kept_because"))
    assert why == {2: "There is a problem on the chart since.", 3: "",
                   4: "Its insurance was changed since."}  # fmt: skip
    assert Patient.objects.filter(pk=una.pk).exists() and una.coverages.exists()
    assert not Patient.objects.filter(pk=oda.pk).exists()
    cast.okafor.refresh_from_db()
    assert cast.okafor.city == "Gary", "all of a row stays, or none of it"


def test_a_chart_changed_since_stays(cast):
    batch = checked(cast, bundle(person(id="p1"), coverage()))
    taken_over(batch)
    aleta = Patient.objects.get(family_name="Sauer")
    aleta.version += 1
    aleta.save()
    assert undone(batch).result == {"undone": 0, "kept": 1}
    assert batch.rows.get().kept_because == "The chart was changed since."


def test_what_names_the_chart_without_a_name_there_keeps_it_too(cast):
    """An occurrence is not reached from the chart's side; a measurement is. Both count."""
    batch = checked(cast, table(UNA, ODA, [*ODA[:1], "Ida", *ODA[2:]]))
    taken_over(batch)
    una, oda = (Patient.objects.get(given_name=name) for name in ("Una", "Oda"))
    record_measurement(patient=una, metric="sleep_hours", entry=Entry(value="5"), by=cast.ruiz,
                       now=NOW)  # fmt: skip
    record_occurrence(kind="call_answered", subject_id=uuid.uuid4(), clinic=cast.riverside,
                      patient=oda, started_at=NOW, at=NOW, now=NOW)  # fmt: skip
    assert undone(batch).result == {"undone": 1, "kept": 2}
    assert dict(batch.rows.values_list("number", "kept_because")) == {
        2: "There is a measurement on the chart since.",
        3: "There is something new on the chart since.", 4: ""}  # fmt: skip


def test_only_for_a_day_and_only_once(cast):
    batch = checked(cast, table(UNA))
    taken_over(batch)
    batch.refresh_from_db()
    with pytest.raises(Refused, match="24 hours"):
        batches.take_back(batch=batch, version=batch.version, by=cast.park, now=NOW + 25 * HOUR)
    undone(batch, NOW + 23 * HOUR)
    batch.refresh_from_db()
    with pytest.raises(StateError):
        batches.take_back(batch=batch, version=batch.version, by=cast.park, now=NOW)


def test_one_step_at_a_time(cast):
    batch = checked(cast, table(UNA))
    batches.take_over(batch=batch, version=batch.version, by=cast.park, now=NOW)
    with pytest.raises(Conflict, match="still running"):
        batches.discard(batch=batch, version=batch.version, by=cast.park, now=NOW)
