"""Payer rules as dated rows: loaded once, ended by date, checked by somebody, never “covered”."""

import copy
import datetime as dt
import re

import pytest
from pydantic import ValidationError

from core.audit.models import AuditEvent
from core.events.services import dispatch
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.models import Payer, PayerClass
from core.protocols import services
from core.protocols.services import load, read_file
from intake.models import PayerPolicy
from intake.payers.schema import PayerPolicies
from intake.payers.selectors import policies_for, rules_of
from intake.payers.services import load_policies, mark_checked
from tests.cast import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def rules(cast):
    version, _ = load(kind="payer_policies", now=NOW)
    assert load_policies(now=NOW) > 80
    return version


@pytest.fixture
def newer(rules, monkeypatch):
    """`newer("3", "2027-01-01", change)`: a file of that version, its body changed."""
    body, _ = read_file("payer_policies")

    def go(version, effective_on, change=lambda body: None):
        fresh = copy.deepcopy(body) | {"version": version, "effective_on": effective_on}
        change(fresh)
        protocol = PayerPolicies.model_validate(fresh)
        monkeypatch.setattr(services, "read_file", lambda kind: (fresh, protocol))
        row, _ = load(kind="payer_policies", now=NOW + dt.timedelta(hours=1))
        load_policies(now=NOW)
        return row

    return go


def numbers(payer_class, service, on=TODAY, **more):
    return {
        (row.requirement, n["n"], n["unit"])
        for row in policies_for(payer_class, service, on=on, **more)
        for n in row.numbers
    }


def test_the_same_twice_is_nothing(rules):
    before = list(PayerPolicy.objects.order_by("pk").values())
    assert load_policies(now=NOW + dt.timedelta(days=1)) == 0
    assert list(PayerPolicy.objects.order_by("pk").values()) == before


def test_a_loaded_version_reaches_the_rows_by_its_event(cast):
    load(kind="payer_policies", now=NOW)
    assert not PayerPolicy.objects.exists()
    dispatch(now=NOW)
    assert PayerPolicy.objects.exists()


@pytest.mark.parametrize(
    ("payer_class", "service", "expected"),
    [
        ("medicare_ffs", "decision", {("ffs_hospital_standard", 7, "calendar_days"),
                                      ("ffs_hospital_expedited", 2, "business_days")}),
        ("medicare_advantage", "decision", {("ma_expedited", 72, "hours"),
                                            ("ma_standard", 7, "calendar_days")}),
        ("medicare_advantage", "appeal", {("ma_appeal", 60, "calendar_days"),
                                          ("ma_appeal", 65, "calendar_days"),
                                          ("ma_appeal_standard", 30, "calendar_days"),
                                          ("ma_appeal_expedited", 72, "hours")}),
        ("workers_comp", "decision", {("wc_ca_decision", 5, "business_days"),
                                      ("wc_ca_decision", 14, "calendar_days"),
                                      ("wc_ca_expedited", 72, "hours")}),
        ("self_pay", "peer_to_peer", {("p2p_default", 2, "business_days"),
                                      ("p2p_default", 7, "business_days")}),
        ("self_pay", "decision", set()),
        ("medicaid_ffs_mco", "appeal", {("medicaid_appeal", 60, "calendar_days")}),
    ],
)  # fmt: skip
def test_the_figures_of_the_domain(rules, payer_class, service, expected):
    assert numbers(payer_class, service) == expected


def test_conflicting_weeks_are_all_shown_the_more_specific_first(rules):
    rows = policies_for("commercial_erisa", "esi", on=TODAY)
    weeks = [n["n"] for row in rows for n in row.numbers if n["of"] == "conservative care"]
    assert set(weeks) == {4, 2, 6} and weeks[-1] == 6
    assert rows[-1].payer_class == "" and "2 to 6" in rows[-1].conflict
    assert [row.insurer != "" for row in rows] == sorted((r.insurer != "" for r in rows), reverse=1)


def test_a_rule_counts_within_its_own_dates(rules):
    def ids(on):
        return {r.requirement for r in policies_for("medicare_ffs_wiser", "esi", on=on)}

    assert "wiser_esi" not in ids(dt.date(2026, 1, 14)) and "esi_kit" in ids(dt.date(2026, 1, 14))
    assert "wiser_esi" in ids(dt.date(2026, 1, 15)) and "wiser_esi" in ids(dt.date(2031, 12, 31))
    assert "wiser_esi" not in ids(dt.date(2032, 1, 1))


def test_a_newer_version_ends_the_older_by_date(rules, newer):
    def change(body):
        next(p for p in body["policies"] if p["id"] == "ma_standard")["numbers"][0]["n"] = 5

    newer("3", "2027-01-01", change)
    before, after = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert ("ma_standard", 7, "calendar_days") in numbers("medicare_advantage", "decision", before)
    assert ("ma_standard", 5, "calendar_days") in numbers("medicare_advantage", "decision", after)
    old = PayerPolicy.objects.filter(protocol=rules)
    assert set(old.values_list("held_until", flat=True)) == {after}
    assert old.get(requirement="ma_standard").numbers[0]["n"] == 7, "nothing is overwritten"


def test_a_file_with_an_earlier_day_changes_nothing_that_holds(rules, newer):
    newer("0.9", "2025-06-01")
    assert {row.protocol_id for row in policies_for("self_pay", "estimate", on=TODAY)} == {rules.pk}
    assert {
        row.protocol.version for row in policies_for("self_pay", "estimate", on=dt.date(2025, 7, 1))
    } == {"0.9"}


def test_a_payers_own_rule_comes_first_and_is_nobody_elses(rules, cast):
    one, two = (
        Payer.objects.create(clinic=cast.riverside, name=n, payer_class="commercial_erisa")
        for n in ("Blue One", "Gold Two")
    )
    sample = PayerPolicy.objects.get(requirement="erisa_appeal", payer_class="commercial_erisa")
    sample.pk, sample.payer, sample.requirement = None, one, "own"
    sample.save(force_insert=True)
    found = policies_for("commercial_erisa", "appeal", on=TODAY, payer=one)
    assert found[0].requirement == "own" and len(found) > 1
    for payer in (two, None):
        rows = policies_for("commercial_erisa", "appeal", on=TODAY, payer=payer)
        assert rows and all(row.payer_id is None for row in rows)


def check(cast, version, by=None, clinic=None, **more):
    said = {"payer_class": "medicare_advantage", "service": "appeal", "shown": str(version.pk)}
    return mark_checked(clinic=clinic or cast.riverside, by=by or cast.park, now=NOW, **said | more)


def test_somebody_compared_them_today(rules, cast):
    assert all(g.checked is None for g in rules_of("medicare_advantage", on=TODAY))
    assert check(cast, rules) == 4
    group = next(g for g in rules_of("medicare_advantage", on=TODAY) if g.service == "appeal")
    assert group.checked.last_checked_by == cast.park and group.checked.last_checked_on == TODAY
    rest = PayerPolicy.objects.exclude(payer_class="medicare_advantage", service="appeal")
    assert not rest.filter(last_checked_on__isnull=False).exists()
    row = AuditEvent.objects.get(action="checked")
    assert row.actor == cast.park and row.reason == "medicare_advantage, appeal"


def test_only_what_was_seen_is_checked(rules, newer, cast):
    newer("3", "2026-06-01")
    with pytest.raises(Conflict, match="v3 holds by now"):
        check(cast, rules)


@pytest.mark.parametrize(
    ("by", "clinic", "more", "error"),
    [
        ("ruiz", "riverside", {}, Forbidden),
        ("park", "lakeside", {}, Forbidden),
        ("mora", "riverside", {}, Forbidden),
        ("park", "riverside", {"service": "nothing"}, Refused),
        ("park", "riverside", {"payer_class": "nobody"}, NotFound),
    ],
)
def test_who_may_not_check_and_what(rules, cast, by, clinic, more, error):
    with pytest.raises(error):
        check(cast, rules, by=getattr(cast, by), clinic=getattr(cast, clinic), **more)
    assert not PayerPolicy.objects.filter(last_checked_on__isnull=False).exists()


def test_a_check_goes_on_for_what_did_not_change(rules, newer, cast):
    check(cast, rules)

    def change(body):
        next(p for p in body["policies"] if p["id"] == "ma_appeal")["words"] = "Read anew."

    second = newer("3", "2027-01-01", change)
    rows = PayerPolicy.objects.filter(protocol=second, payer_class="medicare_advantage")
    by = dict(rows.filter(service="appeal").values_list("requirement", "last_checked_by"))
    assert by == dict.fromkeys(
        ("ma_appeal_standard", "ma_appeal_expedited", "ma_forwarded"), cast.park.pk
    ) | {"ma_appeal": None}


def test_the_file_never_says_covered_and_marks_what_nobody_sourced():
    _, protocol = read_file("payer_policies")
    assert {c for row in protocol.policies for c in row.classes} == set(PayerClass.values)
    for row in protocol.policies:
        assert not re.search(r"\bcovered\b|\bcovers\b|will be paid", row.words, re.I), row.id
        assert row.signoff or "GEN" not in row.sources, row.id
        assert row.signoff or not row.not_verified, row.id


@pytest.mark.parametrize(
    ("policy", "change", "sentence"),
    [
        ("ma_standard", {"sources": ["nowhere"]}, "no source is called"),
        ("ma_standard", {"service": "nothing"}, "no service is called"),
        ("ma_standard", {"classes": ["nobody"]}, "Input should be"),
        ("ma_standard", {"classes": ["self_pay", "self_pay"]}, "twice"),
        ("ma_standard", {"id": "ma_expedited"}, "stands there twice"),
        ("ma_standard", {"to_on": "2025-01-01"}, "ends before it begins"),
        ("ffs_appeal", {"signoff": False}, "must carry signoff"),
        ("ma_standard", {"numbers": [{"of": "x", "is": "at_most", "n": 7, "unit": "moons"}]},
         "unit"),
        ("ma_standard", {"numbers": [{"of": "x", "is": "at_most", "n": 7, "unit": "hours"}]},
         "starts and stops"),
        ("ma_standard", {"numbers": [{"of": "x", "is": "between", "n": 7, "unit": "visits"}]},
         "needs it"),
        ("ma_standard", {"numbers": [{"of": "x", "is": "at_most", "n": 7, "unit": "hours",
                                      "starts": "x", "stops": "decision_given"}]}, "no event"),
        ("ma_standard", {"numbers": [{"of": "x", "is": "at_most", "n": "7", "unit": "visits"}]},
         "valid integer"),
    ],
)  # fmt: skip
def test_a_file_that_dangles_is_refused(policy, change, sentence):
    body, _ = read_file("payer_policies")
    body = copy.deepcopy(body)
    next(p for p in body["policies"] if p["id"] == policy).update(change)
    with pytest.raises(ValidationError, match=sentence):
        PayerPolicies.model_validate(body)
