"""A new version is written in Hallway: proposed by one, signed off by another, or withdrawn."""

import datetime as dt

import pytest
import yaml
from django.db import IntegrityError, transaction

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, Refused
from core.lib.states import StateError
from core.protocols import services
from core.protocols.editing import Wanted, propose, withdraw
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import current_version, protocol_of, written_so_far
from core.protocols.services import load, sign_off
from core.protocols.text import text_of
from tests.cast import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def write(cast):
    """`write(by=cast.cole, label="…")`: a version from the one in force, one line changed."""

    def go(*, by=None, kind="escalation", text=None, seen=None, **more):
        parent = more.pop("parent", None) or current_version(kind, now=NOW)
        if text is None:
            text = text_of(protocol_of(parent)).replace("n: 15", "n: 10", 1)
        said = {"number": "9", "effective_on": "2026-11-24", "reason": "Faster, agreed in Nov"}
        return propose(
            parent=parent,
            wanted=Wanted(text=text, **(said | more)),
            clinic=cast.riverside,
            seen=written_so_far(kind) if seen is None else seen,
            by=by or cast.cole,
            now=NOW,
        )

    return go


def test_it_decides_nothing_until_another_signs_it(cast, write):
    old = current_version("escalation", now=NOW)
    new = write()
    assert new.state == "proposed" and new.parent == old and new.author == cast.cole
    assert "Edited in Hallway by Dana Cole" in new.source
    assert current_version("escalation", now=LATER) == old
    sign_off(version=new, by=cast.amin, now=NOW)
    held = current_version("escalation", now=LATER)
    assert held == new and held.state == "adopted"
    assert protocol_of(held).clocks["red_flag"].due.n == 10
    assert protocol_of(old).clocks["red_flag"].due.n == 15, "a decision keeps its version"


def test_the_clock_of_the_next_promise_follows_at_once(cast, write, new_call):
    from messaging.services.work import clock_of

    new = write()
    assert clock_of("red_flag", now=LATER).due.n == 15
    sign_off(version=new, by=cast.amin, now=NOW)
    assert clock_of("red_flag", now=LATER).due.n == 10


def test_a_kind_that_came_with_an_update_keeps_its_clock(cast, write):
    from messaging.services.work import clock_of

    new = write()
    sign_off(version=new, by=cast.amin, now=NOW)
    body = {**new.body, "clocks": {k: v for k, v in new.body["clocks"].items() if k != "message"}}
    ProtocolVersion.objects.filter(pk=new.pk).update(body=body, digest="older")
    assert "message" not in protocol_of(current_version("escalation", now=LATER)).clocks
    assert clock_of("message", now=LATER).due.unit == "business_days"


def test_nobody_signs_their_own(cast, write):
    new = write(by=cast.amin)
    with pytest.raises(Forbidden, match="wrote escalation v9 yourself"):
        sign_off(version=new, by=cast.amin, now=NOW)
    with pytest.raises(IntegrityError, match="protocol_signed_by_another"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=new.pk).update(signed_off_by=cast.amin, signed_off_at=NOW)
    assert sign_off(version=new, by=cast.novak, now=NOW).signed_off_by == cast.novak


def test_withdrawn_it_can_be_read_and_no_more(cast, write):
    new = write()
    with pytest.raises(Refused, match="why it is withdrawn"):
        withdraw(version=new, reason=" ", by=cast.cole, now=NOW)
    withdraw(version=new, reason="Wrong figure", by=cast.cole, now=NOW)
    with pytest.raises(StateError, match="withdrawn"):
        sign_off(version=new, by=cast.amin, now=NOW)
    assert current_version("escalation", now=LATER) != new
    with pytest.raises(StateError):
        withdraw(version=new, reason="Again", by=cast.cole, now=NOW)


def test_what_was_signed_is_not_withdrawn(cast, write):
    new = write()
    sign_off(version=new, by=cast.amin, now=NOW)
    with pytest.raises(StateError):
        withdraw(version=new, reason="Late", by=cast.cole, now=NOW)
    with pytest.raises(StateError):
        withdraw(version=new.parent, reason="A file", by=cast.cole, now=NOW)


def test_everything_is_on_the_trail(cast, write):
    one, other = write(), write(number="10", reason="Another one")
    sign_off(version=one, by=cast.amin, now=NOW)
    withdraw(version=other, reason="Not needed", by=cast.amin, now=NOW)
    rows = AuditEvent.objects.filter(object_kind="protocol", actor__isnull=False)
    assert list(rows.order_by("id").values_list("actor__full_name", "action")) == [
        ("Dana Cole", "propose"), ("Dana Cole", "propose"), ("Leila Amin", "sign_off"),
        ("Leila Amin", "withdraw"),
    ]  # fmt: skip


def test_the_second_of_two_editors_sees_both(cast, write):
    seen = written_so_far("escalation")
    write(by=cast.cole, seen=seen)
    text = text_of(protocol_of(current_version("escalation", now=NOW))).replace("n: 15", "n: 5", 1)
    with pytest.raises(Conflict, match="v9 was added while you were writing") as clash:
        write(by=cast.amin, seen=seen, text=text, number="10")
    assert clash.value.who == "Dana Cole, escalation v9"
    assert (
        "clocks › red flag › due",
        "n: 5\nunit: minutes",
        "n: 10\nunit: minutes",
    ) in clash.value.versions
    again = write(by=cast.amin, seen=clash.value.version, text=text, number="10")
    assert again.state == "proposed", "having read both, one's own beside it"


def test_a_number_is_used_once(cast, write):
    withdraw(version=write(), reason="Wrong", by=cast.cole, now=NOW)
    with pytest.raises(Refused, match=r"Version 9 exists already \(withdrawn\)"):
        write()
    with pytest.raises(Refused, match=r"Version 5 exists already \(from a file\)"):
        write(number="5")


def test_a_file_cannot_take_the_number_of_a_written_version(cast, write, monkeypatch):
    write()
    body, protocol = services.read_file("escalation")
    monkeypatch.setattr(services, "read_file", lambda kind: (body | {"version": "9"}, protocol))
    with pytest.raises(Conflict, match="written in Hallway under the same number"):
        load(kind="escalation", now=NOW)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": ""}, "new version’s number"),
        ({"number": "4a"}, "new version’s number"),
        ({"effective_on": "2026-11-23"}, "lies in the past"),
        ({"effective_on": "soon"}, "Choose a day"),
        ({"effective_on": "2099-01-01"}, "years away"),
        ({"reason": "  "}, "Write why it changes"),
        ({"reason": "x" * 301}, "at most 300"),
    ],
)
def test_what_has_to_be_said(cast, write, change, sentence):
    with pytest.raises(Refused, match=sentence):
        write(**change)
    assert not ProtocolVersion.objects.filter(author__isnull=False).exists()


def test_today_is_the_clinics_day(cast, write):
    assert write(effective_on="2026-11-24").effective_on == NOW.date()


def test_an_unchanged_text_is_no_version(cast, write):
    with pytest.raises(Refused, match="Nothing is different"):
        write(text=text_of(protocol_of(current_version("escalation", now=NOW))))


def test_a_promise_keeps_its_clock(cast, write):
    content = yaml.safe_load(text_of(protocol_of(current_version("escalation", now=NOW))))
    del content["clocks"]["red_flag"]
    with pytest.raises(Refused, match="Put the clock “red_flag” back"):
        write(text=yaml.safe_dump(content))


@pytest.mark.parametrize(
    "kind", ["red_flags", "escalation", "payer_policies", "lanes", "first_visit"]
)
def test_every_kind_reads_back_as_it_was_written(cast, write, kind):
    parent, _ = load(kind=kind, now=NOW)
    text = text_of(protocol_of(parent))
    new = write(kind=kind, parent=parent, text=text.replace("mark: clinic", "mark: Our", 1))
    changed = {"version": "9", "effective_on": "2026-11-24"}
    assert new.body | {"mark": ""} == parent.body | changed | {"mark": ""}
    assert new.body["mark"].startswith("Our default")
    new.refresh_from_db()
    assert text_of(protocol_of(new)) == text.replace("mark: clinic", "mark: Our", 1)


def test_the_text_has_an_order_people_find_their_way_in(cast):
    text = text_of(protocol_of(current_version("escalation", now=NOW)))
    assert text.index("source: ") < text.index("mark: ") < text.index("clocks:")
    assert text.index("  call_back:") < text.index("  message:") < text.index("  red_flag:")
