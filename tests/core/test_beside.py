"""Rows that stand beside another come back exactly as the ORM reads them, whatever is in them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import OuterRef
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.home.chart import chart_rows
from core.audit.models import AuditEvent
from core.documents.models import Document
from core.documents.services import make_document
from core.lib.beside import beside, revived
from core.people.models import Allergy, CareTeamMember, Clinic, Episode, Patient
from core.protocols.models import ProtocolVersion
from intake.models import Appointment, BookingLimit, RedFlag
from intake.services.calls import use_match
from messaging.models import WorkItem
from rehab.models import CarePlan, PathwayStep, PlanVersion, Restriction
from tests.cast import NOW
from tests.factories.plans import Planned, restricted
from tests.factories.updates import Course

pytestmark = pytest.mark.django_db
USED = (Allergy, Appointment, AuditEvent, BookingLimit, CarePlan, CareTeamMember, Document, Episode,
        PathwayStep, Patient, PlanVersion, ProtocolVersion, RedFlag, Restriction,
        WorkItem)  # fmt: skip


def through(rows, **more):
    """The rows as they come back from beside a clinic."""
    found = Clinic.objects.order_by("pk").annotate(found=beside(rows, **more)).first()
    return revived(rows.model, found.found)


def told(row):
    """Every column with its type: 5 is not Decimal("5")."""
    values = {f.attname: row.__dict__[f.attname] for f in row._meta.concrete_fields}
    return {name: (type(value), value) for name, value in values.items()}


def same(model):
    rows = list(model.objects.order_by("pk"))
    assert [told(row) for row in through(model.objects.order_by("pk"))] == [told(r) for r in rows]
    return rows


def test_every_model_a_page_reads_this_way(cast, new_call):
    Course(cast, days=3).session(NOW - dt.timedelta(days=1, microseconds=1))
    Planned(cast).write_all()
    restricted(cast)
    use_match(call=new_call(Q2="yes"), patient=cast.okafor, by=cast.ana, now=NOW,
              birth_date=cast.okafor.birth_date)  # fmt: skip
    make_document(patient=cast.okafor, data=b"x", kind="lab", title='“Quoted” \\ "x"', pages=1,
                  file_name="x.png", by=cast.ana, now=NOW)  # fmt: skip
    Allergy.objects.create(patient=cast.okafor, substance="latex", severity="severe",
                           noted_at=NOW, noted_by=cast.ana)  # fmt: skip
    for model in USED:
        assert same(model), f"no row of {model.__name__} to compare"


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    value=st.none() | st.decimals("0.1", "999999.9", places=1, allow_nan=False),
    words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    at=st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1),
                    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-6))])),
)  # fmt: skip
def test_any_number_word_and_moment(cast, value, words, at):
    row = Restriction.objects.filter(patient=cast.okafor).first() or restricted(cast)
    unit = "" if value is None else "lb"
    Restriction.objects.filter(pk=row.pk).update(
        value=value, unit=unit, sentence=f"x{words}", set_at=at
    )
    (row,) = same(Restriction)
    assert row.set_at == at and row.value == value


def test_lists_nothing_and_more(cast):
    more = {"riverside": "clinic__name", "doctor": "set_by__full_name"}
    assert through(Restriction.objects.all()) == []
    row = restricted(cast)
    (found,) = through(Restriction.objects.all(), **more)
    assert (found.riverside, found.doctor) == ("Riverside Pain Centre", "Leila Amin")
    assert found.value == Decimal("15.0") and str(found.value) == "15.0"  # all its places
    assert found == row and not found._state.adding
    BookingLimit.objects.create(
        patient=cast.okafor, clinic=cast.riverside, source="hand", source_id=row.pk,
        kinds=["procedure", "pt_eval"], from_on=NOW.date(), sentence="Not yet", made_at=NOW,
        made_by=cast.amin,
    )  # fmt: skip
    (limit,) = through(BookingLimit.objects.all())
    assert limit.kinds == ["procedure", "pt_eval"]


def test_what_is_deferred_stays_in_the_database(cast, django_assert_num_queries):
    rows = ProtocolVersion.objects.filter(kind="metrics")
    (found,) = through(rows.defer("body"))
    assert found.get_deferred_fields() == {"body"}
    with django_assert_num_queries(2):
        assert found.body == rows.get().body
    (chart,) = through(Patient.objects.filter(pk=cast.okafor.pk).only("mrn", "clinic"))
    assert set(chart.__dict__) == {"_state", "id", "mrn", "clinic_id"}


def test_each_row_has_its_own_beside_it(cast):
    restricted(cast)
    rows = Restriction.objects.filter(patient=OuterRef("pk"))
    found = Patient.objects.annotate(found=beside(rows)).in_bulk()
    assert len(found[cast.okafor.pk].found) == 1 and found[cast.hale.pk].found == []


def test_nothing_is_asked_twice(cast, django_assert_num_queries):
    Course(cast)
    chart = Patient.objects.select_related("clinic").get(pk=cast.okafor.pk)
    with django_assert_num_queries(1):
        rows = chart_rows(chart, at=NOW)
        assert chart_rows(chart, at=NOW) is rows and rows.plan.patient is chart
