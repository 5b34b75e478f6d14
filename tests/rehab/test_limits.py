"""Limits are set by one source at once, hold by the clinic's day, and are lifted with a reason."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.lib.errors import Conflict, Forbidden, Refused
from rehab.limit_rules import Limit, holds
from rehab.models import PlanVersion, Restriction
from rehab.plan_body import Work
from rehab.selectors.limits import in_force, limit_of, limits_now, limits_on, limits_over
from rehab.services.limits import lift, set_restrictions
from rehab.services.plans import revise
from tests.cast import NOW
from tests.rehab.limit_stories import DAY, TODAY, lift_limit, limited, paper, planned

pytestmark = pytest.mark.django_db


def sentences(lines):
    return [line.row.sentence for line in lines]


def test_two_limits_of_a_letter_stand_in_the_plan_at_once(cast):
    plan = planned(cast)
    rows = limited(
        cast, lift_limit(), Limit("bend", "Do not bend", TODAY, None, "cleared in writing"),
        source="surgeon", source_words="Dr. Mills, letter of 20 Nov",
    )  # fmt: skip
    plan.refresh_from_db()
    newest = PlanVersion.objects.get(plan=plan, number=plan.head)
    assert plan.head == 2 and newest.part == "limits"
    assert newest.body["limits"] == [
        "Lift at most 15 lb (Dr. Mills, letter of 20 Nov, from Tue 24 Nov 2026 to Tue 15 Dec 2026)",
        "Do not bend (Dr. Mills, letter of 20 Nov, from Tue 24 Nov 2026 until cleared in writing)",
    ]
    told = DomainEvent.objects.filter(name="rehab.restriction_set")
    assert {event.subject_id for event in told} == {str(row.pk) for row in rows}
    seen = AuditEvent.objects.filter(object_kind="restriction", action="create", actor=cast.amin)
    assert seen.count() == 2


@pytest.mark.parametrize(
    ("limits", "more", "wrong"),
    [
        ([], {}, "at least one limit"),
        ([lift_limit(to_on=None)], {}, "until which day"),
        ([lift_limit(to_on=TODAY - DAY)], {}, "before the first"),
        ([lift_limit(unit="")], {}, "number with its unit"),
        ([lift_limit("Lift at most 50 lb")], {}, "says 50"),
        ([lift_limit(value=-1)], {}, "outside 0"),
        ([lift_limit(activity="fly")], {}, "from the lists"),
        ([lift_limit("")], {}, "as everybody reads it"),
        ([lift_limit()], {"source": "rumour"}, "Choose who says so"),
        ([lift_limit()], {"source_words": " "}, "whose word"),
    ],
)
def test_what_cannot_be_worked_with_is_refused(cast, limits, more, wrong):
    values = {"patient": cast.okafor, "source": "physician", "source_words": "Dr. Amin",
              "by": cast.ruiz, "now": NOW} | more  # fmt: skip
    with pytest.raises(Refused, match=wrong):
        set_restrictions(limits=limits, **values)
    assert not Restriction.objects.exists()
    values |= {"source": "physician", "source_words": "Dr. Amin"}
    assert set_restrictions(limits=[lift_limit()], **values)


@pytest.mark.parametrize("who", ["ana", "park", "cole", "lang"])
def test_who_does_not_set_limits(cast, who):
    with pytest.raises(Forbidden):
        limited(cast, by=getattr(cast, who))
    assert limited(cast, by=cast.ruiz)


def test_a_document_of_another_chart_is_no_source(cast):
    hers = paper(cast, patient=cast.hale)
    with pytest.raises(Refused, match="another chart"):
        limited(cast, document=hers)
    his = paper(cast)
    assert limited(cast, document=his)[0].document == his


def test_the_database_agrees(cast):
    row = limited(cast)[0]
    row.value = -1
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    row.refresh_from_db()
    row.confirmed_at = NOW
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_physician_lifts_a_surgeons_limit_and_a_therapist_does_not(cast):
    row = limited(cast, source="surgeon", source_words="Dr. Mills")[0]
    with pytest.raises(Forbidden, match="by a physician"):
        lift(restriction=row, reason="cleared", by=cast.ruiz, now=NOW, version=1)
    done = lift(restriction=row, reason="cleared by Dr. Mills", by=cast.amin, now=NOW, version=1)
    assert done.lifted_by == cast.amin and done.version == 2
    assert limits_now(cast.amin, cast.okafor, now=NOW) == []
    assert sentences(limits_over(cast.amin, cast.okafor, now=NOW)[0]) == ["Lift at most 15 lb"]


def test_the_second_to_lift_reads_both_reasons(cast):
    row = limited(cast)[0]
    with pytest.raises(Refused, match="why it holds no more"):
        lift(restriction=row, reason=" ", by=cast.ruiz, now=NOW, version=1)
    lift(restriction=row, reason="tolerates 20 lb", by=cast.ruiz, now=NOW, version=1)
    again = lift(restriction=row, reason="tolerates 20 lb", by=cast.ruiz, now=NOW, version=1)
    assert again.version == 2
    with pytest.raises(Conflict) as late:
        lift(restriction=row, reason="cleared", by=cast.amin, now=NOW, version=1)
    assert late.value.versions == [("Reason", "cleared", "tolerates 20 lb")]
    assert late.value.who == "Lena Ruiz"


CHANGES = [  # (first day, last day, the instant at which the day after the last begins)
    (TODAY, TODAY, dt.datetime(2026, 11, 25, 6, 0, tzinfo=dt.UTC)),
    # Clocks go back on Sun 1 Nov 2026 in Chicago: that day has 25 hours.
    (dt.date(2026, 11, 1), dt.date(2026, 11, 1), dt.datetime(2026, 11, 2, 6, 0, tzinfo=dt.UTC)),
    # And forward on Sun 14 Mar 2027: 23 hours.
    (dt.date(2027, 3, 14), dt.date(2027, 3, 14), dt.datetime(2027, 3, 15, 5, 0, tzinfo=dt.UTC)),
]


@pytest.mark.parametrize(("first", "last", "over_at"), CHANGES)
def test_days_turn_at_the_clinics_midnight_and_nothing_is_written(cast, first, last, over_at):
    hours = {dt.date(2026, 11, 1): 25, dt.date(2027, 3, 14): 23}.get(first, 24)
    begins_at = over_at - dt.timedelta(hours=hours)
    limited(cast, lift_limit(from_on=first, to_on=last))
    second = dt.timedelta(seconds=1)
    whens = {
        at: [line.when for line in limits_now(cast.ruiz, cast.okafor, now=at)]
        for at in (begins_at - second, begins_at, over_at - second, over_at)
    }
    assert list(whens.values()) == [["coming"], ["now"], ["now"], []]
    row = Restriction.objects.get()
    assert row.version == 1 and row.history.count() == 1


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(-40, 40), st.none() | st.integers(0, 40)), max_size=5),
       st.integers(-60, 60))  # fmt: skip
def test_in_force_is_what_holds_or_will(cast, spans, shift):
    day = TODAY + shift * DAY
    Restriction.objects.all().delete()
    limits = [
        lift_limit(
            from_on=TODAY + start * DAY,
            to_on=None if length is None else TODAY + (start + length) * DAY,
            until="" if length is not None else "cleared",
        )
        for start, length in spans
    ]
    if limits:
        limited(cast, *limits)
    found = {row.pk for row in in_force(cast.okafor, today=day)}
    wanted = {
        row.pk
        for row in Restriction.objects.all()
        if holds(limit_of(row), day) or row.from_on > day
    }
    assert found == wanted


def test_what_held_on_a_day_counts_until_the_day_it_was_lifted(cast):
    row = limited(cast)[0]
    later = NOW + 5 * DAY
    lift(restriction=row, reason="tolerates 20 lb", by=cast.ruiz, now=later, version=1)
    days = {
        shift: sentences(limits_on(cast.ruiz, cast.okafor, day=TODAY + shift * DAY, now=later)[0])
        for shift in (-1, 0, 4, 5, 30)
    }
    held = ["Lift at most 15 lb"]
    assert days == {-1: [], 0: held, 4: held, 5: [], 30: []}


def test_an_outsider_reads_none(cast):
    limited(cast)
    assert limits_now(cast.quist, cast.okafor, now=NOW) == []
    assert limits_now(cast.ana, cast.okafor, now=NOW) == []  # the desk reads no restriction
    assert len(limits_now(cast.lang, cast.okafor, now=NOW)) == 1


def test_a_version_says_what_holds_when_it_is_made(cast):
    """A limit that was over by its day came back with whatever was written next."""
    plan = planned(cast)
    limited(cast, lift_limit(to_on=TODAY + 2 * DAY), lift_limit("Lift at most 30 lb", value=30))
    plan.refresh_from_db()

    def said(day):
        row = revise(plan=plan, part="work", value=Work(job=f"Manager {day}"), base=plan.head,
                     by=cast.amin, now=NOW + day * DAY)  # fmt: skip
        plan.refresh_from_db()
        return PlanVersion.objects.get(plan=row, number=row.head).body["limits"]

    assert len(said(2)) == 2
    assert [line[:18] for line in said(3)] == ["Lift at most 30 lb"]
