"""A red flag: told, acknowledged, decided, released; by physicians, once, both versions shown."""

import pytest

from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import visible_to
from core.people.models import AccessGrant
from intake.models import RedFlag
from intake.selectors import flag_for, witnesses
from intake.services.answers import save_answer
from intake.services.calls import close_call, record_action, save_fields
from intake.services.flags import acknowledge_flag, decide_flag, note_seen, release_pt_hold
from messaging.models import Delivery, Message, Recipient, WorkItem
from messaging.selectors.inbox import inbox
from messaging.tick import due_rungs
from tests.cast import NOW
from tests.factories.flags import after, must_see, open_kinds, saddle_numbness
from tests.factories.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def flag(cast, new_call):
    return saddle_numbness(cast, new_call, about=cast.okafor)


def decide(
    flag, by, *, decision="confirm", to="", reason="Seen in the ED.", release=False, now=NOW
):
    return decide_flag(flag=flag, decision=decision, to=to, reason=reason, release_hold=release,
                       by=by, now=now)  # fmt: skip


def test_the_second_physician_reads_who_has_it(cast, flag):
    acknowledge_flag(flag=flag, by=cast.amin, now=after(2))
    with pytest.raises(Conflict, match="Leila Amin acknowledged this"):
        acknowledge_flag(flag=flag, by=cast.novak, now=after(3))
    assert acknowledge_flag(flag=flag, by=cast.amin, now=after(4)).acknowledged_at == after(2)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_has_it(cast, flag):
    both = [cast.amin, cast.novak]
    found = race(lambda n: acknowledge_flag(flag=flag, by=both[n], now=after(2)), runners=2)
    assert sorted(type(row).__name__ for row in found) == ["Conflict", "RedFlag"]
    flag.refresh_from_db()
    assert flag.acknowledged_by in both


@pytest.mark.parametrize("name", ["ana", "ruiz", "cole", "park", "lang"])
def test_only_physicians_acknowledge_decide_and_release(cast, flag, name):
    by = getattr(cast, name)
    for act in (
        lambda: acknowledge_flag(flag=flag, by=by, now=NOW),
        lambda: decide(flag, by),
        lambda: release_pt_hold(flag=flag, reason="ok", by=by, now=NOW),
    ):
        with pytest.raises(Forbidden, match="Only a physician"):
            act()
    flag.refresh_from_db()
    assert flag.state == "new" and flag.is_holding_pt
    assert decide(flag, cast.mbeki, release=True).state == "decided"


def test_the_second_to_decide_reads_both_versions(cast, flag):
    decide(flag, cast.amin, decision="change", to="urgent_24_72h", reason="Old numbness.")
    with pytest.raises(Conflict, match="Leila Amin decided this") as conflict:
        decide(flag, cast.novak, reason="To the ED now.")
    assert conflict.value.versions == [
        ("Decision", "confirm", "change"),
        ("Where it goes", "Emergency now", "Urgent 24–72 h"),
        ("Reason", "To the ED now.", "Old numbness."),
    ]


def test_what_a_decision_needs(cast, flag):
    with pytest.raises(Refused, match="reason"):
        decide(flag, cast.amin, reason=" ")
    with pytest.raises(Refused, match="confirm, or change"):
        decide(flag, cast.amin, decision="shrug")
    for to in ("", "emergency_now", "the moon"):
        with pytest.raises(Refused, match="Choose where"):
            decide(flag, cast.amin, decision="change", to=to)
    flag.refresh_from_db()
    assert flag.decided_at is None


def test_who_took_the_call_and_who_was_told_read_the_decision(cast, flag):
    due_rungs(now=after(15))
    decide(flag, cast.amin, reason="Seen in the ED.", now=after(20))
    for person in (cast.ana, cast.novak):
        assert "Seen in the ED." in inbox(person, now=after(21))[0].message.body
    assert not Recipient.objects.filter(user__in=[cast.zoe, cast.mbeki]).exists()


def test_a_hold_that_is_kept_is_a_physicians_promise(cast, flag):
    decide(flag, cast.amin)
    assert open_kinds(flag.pk) == {"pt_hold"}
    item = WorkItem.objects.get(kind="pt_hold")
    assert (item.owner_role, item.patient) == ("physician", cast.okafor)
    with pytest.raises(Refused, match="why therapy may start"):
        release_pt_hold(flag=flag, reason=" ", by=cast.mbeki, now=NOW)
    row = release_pt_hold(flag=flag, reason="MRI is clear.", by=cast.mbeki, now=NOW)
    assert not row.is_holding_pt and row.hold_released_by == cast.mbeki
    assert open_kinds(flag.pk) == set()
    with pytest.raises(Refused, match="released before"):
        release_pt_hold(flag=flag, reason="Again.", by=cast.mbeki, now=NOW)


def test_a_hold_released_with_the_decision_leaves_nothing(cast, flag):
    row = decide(flag, cast.amin, reason="Long known.", release=True)
    assert (row.hold_release_reason, open_kinds(flag.pk)) == ("Long known.", set())


def test_a_minor_injury_holds_therapy_and_pages_nobody(cast, new_call):
    call = new_call(others="no", Q10="yes:RF08b")
    assert call.hold_pt is False or not RedFlag.objects.exists()
    save_fields(call=call, typed={"family_name": "Stone"}, by=cast.ana, now=NOW)
    record_action(call=call, kind="visit_promised", words="", by=cast.ana, now=NOW)
    close_call(call=call, by=cast.ana, now=NOW)
    flag = RedFlag.objects.get()
    assert flag.is_holding_pt and flag.disposition == "urgent_24_72h"
    assert open_kinds(flag.pk) == {"pt_hold"}
    assert not Delivery.objects.exists() and not must_see(cast.amin, flag, now=after(90))
    release_pt_hold(flag=flag, reason="X-ray is clear.", by=cast.amin, now=after(90))
    assert open_kinds(flag.pk) == set()


def test_it_gets_worse_in_place_and_everyone_told_reads_so(cast, new_call):
    call = new_call(Q5="yes")
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=after(1))
    flag = RedFlag.objects.get()
    assert flag.disposition == "emergency_now"
    assert {r["rule"] for r in flag.reasons} >= {"RF02", "RF04"}
    assert Message.objects.filter(thread=flag.thread, body__startswith="Now: Emergency").exists()
    assert WorkItem.objects.filter(kind="red_flag").count() == 1


def test_worse_after_somebody_had_it_asks_again_and_can_be_answered(cast, new_call):
    call = new_call(Q5="yes")
    flag = RedFlag.objects.get()
    acknowledge_flag(flag=flag, by=cast.amin, now=after(1))
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=after(2))
    assert "red_flag" in open_kinds(flag.pk)
    acknowledge_flag(flag=flag, by=cast.amin, now=after(3))
    assert open_kinds(flag.pk) == {"red_flag_decision"}


def test_worse_after_it_was_decided_asks_for_a_new_decision(cast, new_call):
    call = new_call(Q5="yes")
    flag = RedFlag.objects.get()
    decide(flag, cast.amin, now=after(1), release=True)
    save_answer(call=call, question="Q2", answer="yes", flags=[], by=cast.ana, now=after(2))
    assert must_see(cast.amin, flag, now=after(3))
    decide(flag, cast.amin, reason="Now to the ED.", now=after(4), release=True)
    assert open_kinds(flag.pk) == set()
    assert Message.objects.filter(body__contains="Now to the ED.").exists()


def test_the_chart_opens_to_who_was_told_and_ends_by_itself(cast, new_call):
    flag = saddle_numbness(cast, new_call)  # caller not known yet
    assert not AccessGrant.objects.exists()
    from intake.services.calls import use_match

    use_match(call=flag.call, patient=cast.hale, birth_date=cast.hale.birth_date, by=cast.ana,
              now=after(1))  # fmt: skip
    due_rungs(now=after(15))
    grants = AccessGrant.objects.filter(patient=cast.hale)
    assert {g.user for g in grants} == {cast.amin, cast.novak}
    assert {g.subject_id for g in grants} == {flag.pk}
    cast.novak.posts.update(partner_practice="Elsewhere")
    assert visible_to(cast.novak, now=after(16)).get() == cast.hale
    assert not visible_to(cast.novak, now=after(15 + 72 * 60)).exists()


def test_who_opens_it_before_a_tick_ran_is_on_the_list_of_who_saw_it(cast, flag):
    note_seen(flag=flag, by=cast.novak, now=after(16))
    note_seen(flag=flag, by=cast.ana, now=after(16))  # not asked: she only looks
    seen = {w.name: (w.why, w.read_at) for w in witnesses(flag)}
    assert seen["Paul Novak"] == ("on call, backup", after(16))
    assert seen["Leila Amin"] == ("on call, first", None)
    assert "Ana Flores" not in seen


def test_it_is_read_by_who_may_know_of_the_patient(cast, flag):
    for name in ("amin", "mbeki", "ruiz", "ana", "cole"):
        assert flag_for(getattr(cast, name), flag.pk, now=NOW) == flag
    for name in ("quist", "zoe", "mora", "berg"):
        with pytest.raises(NotFound):
            flag_for(getattr(cast, name), flag.pk, now=NOW)
