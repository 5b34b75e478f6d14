"""Somebody leaves: what they have in hand goes to one person first, then the account ends."""

import dataclasses
import datetime as dt

import pytest

from core.accounts.models import ApiToken
from core.accounts.roles import Role
from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from core.lib.errors import Forbidden, Refused
from core.people.access import clinics_of, visible_to
from core.people.models import AccessGrant, CareTeamMember, OnCallShift, StaffMember
from core.people.selectors import roster_at
from core.people.services import employ, join_care_team, set_cover
from core.people.services.staff import Particulars, particulars_of, start_again
from intake.models import RedFlag
from messaging.models import Recipient, WorkItem
from messaging.selectors.leaving import flags_asking, heirs, waiting_for
from messaging.selectors.worklist import worklist
from messaging.services.leaving import change_person, disable, hand_over_all
from messaging.services.threads import start_thread
from messaging.services.work import close_by_hand, open_item, take
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def hand(cast, user, heir, *, keep=True, by=None):
    return hand_over_all(user=user, heir=heir, keep_shifts=keep, by=by or cast.cole, now=NOW)


def asking(cast, to):
    thread = start_thread(clinic=cast.riverside, patient=cast.okafor, title="Please phone",
                          body="Please phone them", to=[to], by=cast.park, now=NOW, dedupe_key="k",
                          asks=True)  # fmt: skip
    return WorkItem.objects.get(
        kind="message", subject_id=thread.messages.get().recipients.get(user=to).pk
    )


def test_disabling_waits_until_nothing_is_left(cast, new_call):
    new_call(Q2="yes")  # a red flag: Amin is first on call
    asking(cast, cast.amin)
    join_care_team(patient=cast.okafor, user=cast.amin, role=Role.PHYSICIAN, by=cast.cole, now=NOW)
    found = waiting_for(cast.amin, now=NOW)
    assert (found.items, found.shifts, found.flags, found.patients) == (1, 1, 1, 1)
    with pytest.raises(Refused, match="on-call shifts, running or to come: 1"):
        disable(user=cast.amin, by=cast.cole, now=NOW)
    cast.amin.refresh_from_db()
    assert cast.amin.is_active


def test_one_form_hands_everything_over(cast, new_call):
    call = new_call(Q2="yes")
    flag = RedFlag.objects.get(call=call)
    item = asking(cast, cast.amin)
    join_care_team(patient=cast.okafor, user=cast.amin, role=Role.PHYSICIAN, by=cast.cole, now=NOW)
    done = hand(cast, cast.amin, cast.mbeki)
    assert (done.items, done.shifts, done.gaps, done.flags, done.patients) == (1, 1, 0, 1, 1)
    assert not waiting_for(cast.amin, now=NOW)
    row = WorkItem.objects.get(pk=item.pk)
    assert row.owner == cast.mbeki
    assert Recipient.objects.get(pk=row.subject_id).user == cast.mbeki  # its page opens for them
    assert roster_at(cast.riverside, now=NOW).first == cast.mbeki
    past = OnCallShift.objects.get(user=cast.amin)
    assert past.ends_at == NOW  # who answered until now stays on record
    assert flags_asking(cast.mbeki).get().message.dedupe_key == f"red_flag:{flag.pk}"
    assert CareTeamMember.objects.get(patient=cast.okafor, to_on=None).user == cast.mbeki
    assert AuditEvent.objects.filter(action="hand_over", object_kind="user").count() == 1
    off = disable(user=cast.amin, by=cast.cole, now=NOW)
    assert not off.is_active


def test_removed_shifts_are_a_managers_gap_at_once(cast):
    gaps = WorkItem.objects.filter(kind="on_call_gap", closed_at=None, clinic=cast.riverside)
    assert not gaps.exists()
    done = hand(cast, cast.novak, cast.mbeki, keep=False)
    assert (done.shifts, done.gaps) == (0, 1)
    assert gaps.get().owner_role == Role.MANAGER


def test_a_shift_to_come_while_the_heir_is_backup_is_removed_and_nothing_breaks(cast):
    starts, ends = NOW + dt.timedelta(days=9), NOW + dt.timedelta(days=10)
    for position, user in (("first", cast.amin), ("backup", cast.novak)):
        OnCallShift.objects.create(
            clinic=cast.riverside, position=position, user=user, starts_at=starts, ends_at=ends
        )
    done = hand(cast, cast.amin, cast.novak)
    assert done.gaps == 2, "the running one and the one to come: Novak is backup in both"
    assert not OnCallShift.objects.filter(user=cast.amin, ends_at__gt=NOW).exists()
    assert OnCallShift.objects.filter(user=cast.novak, starts_at=starts).count() == 1


def test_a_shift_the_heir_cannot_stand_is_removed(cast):
    done = hand(cast, cast.amin, cast.novak)  # Novak is backup in that time
    assert (done.shifts, done.gaps) == (0, 1)
    assert roster_at(cast.riverside, now=NOW).first is None
    assert WorkItem.objects.filter(kind="on_call_gap", closed_at=None).exists()


def test_what_was_taken_goes_back_to_a_role_the_heir_lacks(cast):
    item = open_item(kind="call_back", subject_id=cast.hale.pk, clinic=cast.riverside,
                     patient=None, reason="Missed call", by=None, now=NOW)  # fmt: skip
    take(item=item, by=cast.cole, now=NOW)  # a manager may call back, and has the desk's item
    cast.cole.roles = ["manager", "physician"]
    cast.cole.save()
    hand(cast, cast.ben, cast.ana)
    assert WorkItem.objects.get(pk=item.pk).owner == cast.cole  # nobody else's is touched
    take_by_ben = open_item(kind="call_back", subject_id=cast.okafor.pk, clinic=cast.riverside,
                            patient=None, reason="Missed", by=None, now=NOW)  # fmt: skip
    take(item=take_by_ben, by=cast.ben, now=NOW)
    hand(cast, cast.ben, cast.ana)
    assert WorkItem.objects.get(pk=take_by_ben.pk).owner == cast.ana


def test_asked_twice_is_asked_once(cast):
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Both", body="Please",
                 to=[cast.amin, cast.mbeki], by=cast.park, now=NOW, dedupe_key="b",
                 asks=True)  # fmt: skip
    hand(cast, cast.amin, cast.mbeki)
    left = WorkItem.objects.filter(kind="message", closed_at=None)
    assert [row.owner for row in left] == [cast.mbeki]


@pytest.mark.parametrize("name", ["ana", "berg", "quist", "cole"])
def test_the_heir_shares_clinic_and_role(cast, name):
    with pytest.raises(Refused, match="cannot take this over"):
        hand(cast, cast.amin, getattr(cast, name))
    assert hand(cast, cast.amin, cast.mbeki).shifts == 1


def test_an_heir_of_a_partner_practice_sees_too_little(cast):
    with pytest.raises(Refused):
        hand(cast, cast.ruiz, cast.berg)
    assert hand(cast, cast.berg, cast.ruiz)


@pytest.mark.parametrize("name", ["mora", "amin"])
def test_only_their_manager_hands_over_or_disables(cast, name):
    by = getattr(cast, name)
    with pytest.raises((Forbidden, Refused)):
        hand(cast, cast.ruiz, cast.berg, by=by)
    with pytest.raises(Forbidden):
        disable(user=cast.ruiz, by=by, now=NOW)
    with pytest.raises(Refused, match="disable yourself"):
        disable(user=cast.cole, by=cast.cole, now=NOW)


def test_the_end_of_an_account_ends_everything(cast):
    issue_token(user=cast.ruiz, label="t", by=None, now=NOW)
    join_care_team(patient=cast.hale, user=cast.ruiz, role=Role.THERAPIST, by=cast.cole, now=NOW)
    join_care_team(patient=cast.hale, user=cast.amin, role=Role.PHYSICIAN, by=cast.cole, now=NOW)
    set_cover(user=cast.berg, delegate=cast.ruiz, clinic=cast.riverside, from_on=NOW.date(),
              to_on=NOW.date(), by=cast.cole, now=NOW)  # fmt: skip
    epoch = cast.ruiz.session_epoch
    row = disable(user=cast.ruiz, by=cast.cole, now=NOW)
    assert (row.is_active, row.session_epoch) == (False, epoch + 1)
    assert ApiToken.objects.get(user=row).revoked_at == NOW
    assert CareTeamMember.objects.get(user=row).to_on is not None
    assert cast.berg.delegations.get().ended_at == NOW
    assert not visible_to(row, now=NOW).exists()
    tomorrow = NOW + dt.timedelta(days=1)
    assert not clinics_of(row, now=tomorrow).exists()
    back = start_again(user=row, clinic=cast.riverside, by=cast.cole, now=tomorrow)
    assert back.is_active and clinics_of(back, now=tomorrow).get() == cast.riverside


def test_what_is_personally_somebodys_who_is_gone_shows_to_their_role(cast):
    """The queue is never orphaned, also when an account ended past the form."""
    item = asking(cast, cast.amin)
    assert item.pk not in {r.id for r in worklist(cast.novak, now=NOW)}  # while Amin is here
    with pytest.raises(Forbidden):
        close_by_hand(item=item, by=cast.novak, now=NOW, reason="Phoned")
    cast.amin.is_active = False
    cast.amin.save()
    for person in (cast.novak, cast.cole):
        row = next(r for r in worklist(person, now=NOW) if r.id == item.pk)
        assert row.stead == "gone"
    for person in (cast.ana, cast.quist):
        assert item.pk not in {r.id for r in worklist(person, now=NOW)}
    with pytest.raises(Forbidden):
        close_by_hand(item=item, by=cast.quist, now=NOW, reason="Phoned")
    assert close_by_hand(item=item, by=cast.novak, now=NOW, reason="Phoned").closed_by == cast.novak


# --- several clinics, several roles --------------------------------------------------------------
def on_team(cast, who, patient, role=Role.PHYSICIAN):
    return join_care_team(
        patient=getattr(cast, patient), user=who, role=role, by=cast.cole, now=NOW
    )


def team_of(patient):
    return {m.user.email.split("@")[0] for m in CareTeamMember.objects.filter(patient=patient,
            to_on=None).select_related("user")}  # fmt: skip


def test_each_clinics_charts_go_to_somebody_of_that_clinic(cast, new_call):
    """Cole manages both, Amin works at both: Quist of Lakeside gets nothing of Riverside."""
    for who in (cast.cole, cast.amin):
        employ(clinic=cast.lakeside, user=who, by=None, now=NOW)
    new_call(Q2="yes")
    on_team(cast, cast.amin, "okafor")
    on_team(cast, cast.amin, "outis")
    assert {cast.quist, cast.mbeki} <= set(heirs(cast.cole, cast.amin, now=NOW))
    done = hand(cast, cast.amin, cast.quist)
    assert (done.items, done.shifts, done.gaps, done.flags, done.patients) == (0, 0, 0, 0, 1)
    assert (team_of(cast.outis), team_of(cast.okafor)) == ({"quist"}, {"amin"})
    assert not AccessGrant.objects.filter(user=cast.quist).exists()
    assert not visible_to(cast.quist, now=NOW).filter(pk=cast.okafor.pk).exists()
    left = waiting_for(cast.amin, now=NOW)
    assert (left.shifts, left.flags, left.patients) == (1, 1, 1)
    with pytest.raises(Refused):
        disable(user=cast.amin, by=cast.cole, now=NOW)
    hand(cast, cast.amin, cast.mbeki)
    assert (team_of(cast.outis), team_of(cast.okafor)) == ({"quist"}, {"mbeki"})
    assert not waiting_for(cast.amin, now=NOW)


def test_a_manager_hands_over_what_is_of_their_own_clinic(cast):
    employ(clinic=cast.lakeside, user=cast.amin, by=None, now=NOW)
    on_team(cast, cast.amin, "okafor")
    on_team(cast, cast.amin, "outis")
    hand(cast, cast.amin, cast.quist, by=cast.mora)
    assert (team_of(cast.outis), team_of(cast.okafor)) == ({"quist"}, {"amin"})
    hand(cast, cast.amin, cast.mbeki)
    assert team_of(cast.okafor) == {"mbeki"}


def test_places_and_flags_go_only_to_who_has_the_role(cast, new_call):
    """Amin is a manager too: Cole, who is no physician, takes no physician's place."""
    cast.amin.roles = ["physician", "manager"]
    cast.amin.save()
    new_call(Q2="yes")
    on_team(cast, cast.amin, "okafor")
    done = hand(cast, cast.amin, cast.cole, by=cast.cole)
    assert (done.flags, done.patients) == (0, 0) and "still" in done.sentence(cast.cole)
    assert (done.shifts, done.gaps) == (0, 0)  # it waits for a physician
    assert team_of(cast.okafor) == {"amin"}
    assert flags_asking(cast.amin).exists() and not flags_asking(cast.cole).exists()
    done = hand(cast, cast.amin, cast.mbeki)
    assert (done.flags, done.patients, done.shifts) == (1, 1, 1) and "still" not in done.sentence(
        cast.mbeki
    )


def test_a_colleague_counts_as_clinician_in_the_roles_of_today(cast):
    on_team(cast, cast.ruiz, "hale", Role.THERAPIST)
    on_team(cast, cast.amin, "hale")
    assert waiting_for(cast.ruiz, now=NOW).patients == 0
    cast.amin.roles = ["front_desk"]
    cast.amin.save()
    assert waiting_for(cast.ruiz, now=NOW).patients == 1


def wanted(person, clinic, **parts):
    post = StaffMember.objects.get(user=person, clinic=clinic)
    new: Particulars = dataclasses.replace(particulars_of(person, post), **parts)
    return {"post": post, "wanted": new, "version": person.version, "now": NOW}


@pytest.mark.parametrize("parts", [{"to_on": NOW.date()}, {"roles": ["front_desk"]}])
def test_no_way_past_what_is_in_hand(cast, parts):
    on_team(cast, cast.ruiz, "okafor", Role.THERAPIST)
    with pytest.raises(Refused, match="no clinician on their care team: 1"):
        change_person(**wanted(cast.ruiz, cast.riverside, **parts), by=cast.cole)
    on_team(cast, cast.lang, "okafor", Role.BEHAVIORAL_HEALTH)
    assert change_person(**wanted(cast.ruiz, cast.riverside, **parts), by=cast.cole)


def test_a_role_is_not_given_up_with_its_shifts_and_flags(cast, new_call):
    new_call(Q2="yes")
    for kept in (["therapist"], ["manager"]):
        with pytest.raises(Refused, match="shifts, running or to come: 1; red flags"):
            change_person(**wanted(cast.amin, cast.riverside, roles=kept), by=cast.cole)
    more = change_person(
        **wanted(cast.amin, cast.riverside, roles=["physician", "manager"]), by=cast.cole
    )
    assert more.roles == ["physician", "manager"]


def test_the_last_day_at_one_clinic_asks_for_that_clinics_work_alone(cast):
    employ(clinic=cast.lakeside, user=cast.lang, by=None, now=NOW)
    on_team(cast, cast.lang, "outis", Role.BEHAVIORAL_HEALTH)
    with pytest.raises(Refused):
        change_person(**wanted(cast.lang, cast.lakeside, to_on=NOW.date()), by=cast.mora)
    assert change_person(**wanted(cast.lang, cast.riverside, to_on=NOW.date()), by=cast.cole)
    later = NOW.date() + dt.timedelta(days=30)  # a plan: there is time to hand over
    assert change_person(**wanted(cast.ruiz, cast.riverside, to_on=later), by=cast.cole)


def test_who_comes_back_keeps_the_day_they_first_came(cast):
    first = cast.ruiz.posts.get().from_on
    row = disable(user=cast.ruiz, by=cast.cole, now=NOW)
    start_again(user=row, clinic=cast.riverside, by=cast.cole, now=NOW + dt.timedelta(days=9))
    post = row.posts.get()
    assert (post.from_on, post.to_on) == (first, None)
