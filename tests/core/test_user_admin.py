"""A manager invites and changes people; never themselves, and a clinic keeps a manager."""

import dataclasses
import datetime as dt
import uuid

import pytest
from django.db import connection
from django.urls import reverse

from core.accounts.models import User
from core.accounts.roles import Role
from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from core.events.models import DomainEvent
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import posts_of
from core.people.models import AccessGrant, StaffMember
from core.people.selectors import roster_at
from core.people.services import employ
from core.people.services.staff import (
    change_person,
    end_account,
    invite,
    invite_again,
    particulars_of,
    reset_second_factor,
)
from core.people.staff import person_for, staff_rows
from tests.cast import NOW, user
from tests.factories.races import race

pytestmark = pytest.mark.django_db


def ask(cast, *, by=None, clinic=None, email="nina@riverside.example", **more):
    fields = {"full_name": "Nina  Roth", "roles": [Role.THERAPIST]} | more
    return invite(
        clinic=clinic or cast.riverside, email=email, by=by or cast.cole, now=NOW, **fields
    )


def change(cast, person, *, by=None, version=None, now=NOW, **parts):
    person.refresh_from_db()
    post = StaffMember.objects.get(user=person, clinic__in=person.posts.values("clinic"))
    wanted = dataclasses.replace(particulars_of(person, post), **parts)
    version = person.version if version is None else version
    return change_person(post=post, wanted=wanted, version=version, by=by or cast.cole, now=now)


def test_somebody_new_gets_a_post_an_invitation_and_no_password(cast):
    nina = ask(cast, phone="312 555 0199", credentials="PT", partner_practice=" Northside  PT ")
    assert (nina.full_name, nina.phone, nina.roles) == ("Nina Roth", "+13125550199", ["therapist"])
    assert not nina.has_usable_password()
    assert posts_of(nina, now=NOW).get().partner_practice == "Northside PT"
    told = DomainEvent.objects.get(name="accounts.invited")
    assert told.subject_id == str(nina.pk)
    row = AuditEvent.objects.get(action="invite")
    assert (row.actor, row.object_id, row.reason) == (cast.cole, str(nina.pk), "roles: therapist")
    invite_again(user=nina, by=cast.cole, now=NOW)
    assert DomainEvent.objects.filter(name="accounts.invited").count() == 2


def test_a_known_address_is_a_sentence(cast):
    for address in ("ANA@riverside.example", " zoe@lakeside.example "):
        with pytest.raises(Refused, match="already"):
            ask(cast, email=address)
    assert User.objects.filter(email__iexact="ana@riverside.example").count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"roles": []}, "at least one role"),
        ({"roles": ["patient"]}, "kept apart"),
        ({"roles": ["front_desk", "patient"]}, "kept apart"),
        ({"roles": ["owner"]}, "at least one role"),
        ({"email": "no address"}, "Email: "),
        ({"full_name": " "}, "Full name: "),
        ({"phone": "12"}, "phone number"),
        ({"roles": ["manager"], "partner_practice": "Northside"}, "answers for the clinic itself"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(cast, wrong, sentence):
    before = User.objects.count()
    with pytest.raises(Refused, match=sentence):
        ask(cast, **wrong)
    assert (User.objects.count(), DomainEvent.objects.count()) == (before, 0)


@pytest.mark.parametrize("name", ["amin", "mora", "berg"])
def test_only_a_manager_of_the_clinic_invites(cast, name):
    with pytest.raises(Forbidden):
        ask(cast, by=getattr(cast, name))
    assert ask(cast).pk


def test_new_roles_end_sessions_and_stand_on_the_trail(cast):
    epoch, hash_before = cast.ana.session_epoch, cast.ana.get_session_auth_hash()
    row = change(cast, cast.ana, roles=["front_desk", "coordinator"])
    assert row.roles == ["front_desk", "coordinator"] and row.session_epoch == epoch + 1
    assert row.get_session_auth_hash() != hash_before
    said = AuditEvent.objects.get(action="change", object_kind="user")
    assert said.fields == ["roles"]
    assert said.reason == "roles: front desk → front desk, coordinator"
    same = change(cast, cast.ana, full_name="Ana Flores-Ruiz")
    assert same.session_epoch == epoch + 1  # a new name ends nothing


def test_a_stale_form_shows_both_and_changes_nothing(cast):
    change(cast, cast.ana, full_name="Ana Ruiz")
    with pytest.raises(Conflict) as told:
        change(cast, cast.ana, version=1, full_name="Ana Diaz", phone="")
    assert ("name", "Ana Diaz", "Ana Ruiz") in told.value.versions
    assert (told.value.who, told.value.version) == ("Dana Cole", 2)
    cast.ana.refresh_from_db()
    assert cast.ana.full_name == "Ana Ruiz"


def test_nobody_changes_their_own_roles_or_post(cast):
    for parts in ({"roles": ["manager", "physician"]}, {"to_on": NOW.date()},
                  {"partner_practice": "Northside"}):  # fmt: skip
        with pytest.raises(Refused, match="own"):
            change(cast, cast.cole, **parts)
    assert change(cast, cast.cole, full_name="Dana Cole-Diaz").full_name == "Dana Cole-Diaz"
    with pytest.raises(Refused, match="reset your own"):
        reset_second_factor(user=cast.cole, by=cast.cole, now=NOW)


def test_a_person_of_two_clinics_is_not_one_managers(cast):
    employ(clinic=cast.lakeside, user=cast.lang, by=None, now=NOW)
    post = StaffMember.objects.get(user=cast.lang, clinic=cast.riverside)
    wanted = dataclasses.replace(particulars_of(cast.lang, post), roles=["manager"])
    with pytest.raises(Forbidden, match="Lakeside"):
        change_person(post=post, wanted=wanted, version=1, by=cast.cole, now=NOW)
    ends = dataclasses.replace(particulars_of(cast.lang, post), to_on=NOW.date())
    change_person(post=post, wanted=ends, version=1, by=cast.cole, now=NOW)  # their own post, yes
    assert posts_of(cast.lang, now=NOW).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_managers_demoting_each_other_leave_one(cast):
    other = user("ida@riverside.example", "Ida Roe", Role.MANAGER)
    employ(clinic=cast.riverside, user=other, by=None, now=NOW)
    pair = ((cast.cole, other), (other, cast.cole))

    def demote(n):
        by, person = pair[n]
        return change(cast, person, by=by, roles=["front_desk"])

    found = race(demote, runners=2)
    assert sum(isinstance(row, User) for row in found) == 1
    assert sum(isinstance(row, Forbidden) for row in found) == 1
    assert len(roster_at(cast.riverside, now=NOW).managers) == 1


def test_the_last_manager_stays_one(cast):
    other = user("ida@riverside.example", "Ida Roe", Role.MANAGER)
    employ(clinic=cast.riverside, user=other, by=None, now=NOW)
    change(cast, cast.cole, by=other, to_on=NOW.date())  # today is the last day of one of two
    for parts in ({"roles": ["front_desk"]}, {"to_on": NOW.date()}):
        with pytest.raises(Refused, match="last manager"):
            change(cast, other, **parts)
    with pytest.raises(Refused, match="answers for the clinic itself"):
        change(cast, other, partner_practice="X")


def test_a_manager_finds_their_own_people_only(cast):
    names = {r.name for r in staff_rows(cast.cole, now=NOW)}
    assert {"Tom Berg", "Dana Cole"} <= names and not names & {"Zoe Other", "Daniel Okafor"}
    assert [r.name for r in staff_rows(cast.cole, now=NOW, text="berg")] == ["Tom Berg"]
    assert {r.name for r in staff_rows(cast.cole, now=NOW, role="front_desk")} == {
        "Ana Flores", "Ben Ito"}  # fmt: skip
    first = staff_rows(cast.cole, now=NOW, limit=4)
    last = first[-1]
    rest = staff_rows(cast.cole, now=NOW, after=(last.full_name, str(last.post_id)))
    assert [r.name for r in first + rest] == sorted(names)
    assert person_for(cast.cole, cast.berg.pk, now=NOW) == cast.berg
    assert staff_rows(cast.berg, now=NOW) == []  # a partner practice's staff manage nothing


def test_the_list_costs_the_same_for_many(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        staff_rows(cast.cole, now=NOW)
    for n in range(30):
        ask(cast, email=f"n{n}@riverside.example", full_name=f"Nina {n}")
    with django_assert_num_queries(2):
        assert len(staff_rows(cast.cole, now=NOW)) == 40
    assert connection.vendor == "postgresql"


def test_the_manager_of_a_former_clinic_changes_nothing_of_the_person(cast, as_user, time_machine):
    """Lang worked at Riverside until yesterday and works at Lakeside now."""
    time_machine.move_to(NOW, tick=False)
    cast.lang.posts.update(to_on=NOW.date() - dt.timedelta(days=1))
    employ(clinic=cast.lakeside, user=cast.lang, by=None, now=NOW)
    token = issue_token(user=cast.lang, label="t", by=None, now=NOW) and cast.lang.tokens.get()
    for parts in ({"full_name": "Iris Long"}, {"phone": ""}, {"credentials": "MD"}):
        post = StaffMember.objects.get(user=cast.lang, clinic=cast.riverside)
        wanted = dataclasses.replace(particulars_of(cast.lang, post), **parts)
        with pytest.raises(Forbidden, match="Lakeside"):
            change_person(post=post, wanted=wanted, version=1, by=cast.cole, now=NOW)
    address = reverse("home:revoke_token", args=[cast.lang.pk, token.pk])
    assert as_user(cast.cole).post(address, {"form_key": uuid.uuid4()}).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
    assert as_user(cast.mora).post(address, {"form_key": uuid.uuid4()}).status_code == 302
    token.refresh_from_db()
    assert token.revoked_at


def test_a_phone_number_is_corrected_by_the_manager_of_either_clinic_of_today(cast):
    """On-call nudges need it, and somebody of two clinics has no manager of both."""
    employ(clinic=cast.lakeside, user=cast.amin, by=None, now=NOW)
    for by, clinic, number in ((cast.mora, cast.lakeside, "+13125550177"),
                               (cast.cole, cast.riverside, "+13125550178")):  # fmt: skip
        cast.amin.refresh_from_db()
        post = StaffMember.objects.get(user=cast.amin, clinic=clinic)
        wanted = dataclasses.replace(particulars_of(cast.amin, post), phone=number)
        row = change_person(post=post, wanted=wanted, version=cast.amin.version, by=by, now=NOW)
        assert row.phone == number


def test_new_roles_and_the_end_of_an_account_close_an_emergency(cast):
    def opened(person):
        return AccessGrant.objects.create(
            patient=cast.outis, user=person, kind="break_glass", subject_id=uuid.uuid4(),
            reason="x", granted_by=person, starts_at=NOW, ends_at=NOW + dt.timedelta(hours=1),
        )  # fmt: skip

    other, grants = opened(cast.mbeki), [opened(cast.ruiz), opened(cast.lang)]
    change(cast, cast.ruiz, roles=["front_desk"], now=NOW + dt.timedelta(minutes=5))
    end_account(user=cast.lang, by=cast.cole, now=NOW + dt.timedelta(minutes=5))
    for grant in grants:
        grant.refresh_from_db()
        assert grant.ends_at == NOW + dt.timedelta(minutes=5)
    ended = AuditEvent.objects.filter(action="break_glass_end", patient_id=cast.outis.pk)
    assert {row.object_id for row in ended} == {str(grant.pk) for grant in grants}
    other.refresh_from_db()
    assert other.ends_at == NOW + dt.timedelta(hours=1)


def test_somebody_elses_person_is_a_refusal_on_the_trail(cast):
    with pytest.raises(NotFound):
        person_for(cast.mora, cast.ana.pk, now=NOW)
    row = AuditEvent.objects.get(outcome="refused", object_kind="user")
    assert (row.actor, row.object_id) == (cast.mora, str(cast.ana.pk))
