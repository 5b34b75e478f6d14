"""Whose chart: clinic staff, care team, a grant that runs, the patient; nobody else finds it."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from core.accounts.roles import Role
from core.accounts.services import issue_token
from core.audit.models import AuditEvent
from core.lib.errors import NotFound
from core.people.access import clinics_of, patient_for, visible_to
from core.people.models import AccessGrant, StaffMember
from core.people.services import employ, grant_access, join_care_team
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def charts(person, now=NOW):
    return sorted(p.family_name for p in visible_to(person, now=now))


@pytest.mark.parametrize(
    ("name", "sees"),
    [("ana", ["Hale", "Okafor"]), ("amin", ["Hale", "Okafor"]), ("ruiz", ["Hale", "Okafor"]),
     ("park", ["Hale", "Okafor"]), ("cole", ["Hale", "Okafor"]), ("lang", ["Hale", "Okafor"]),
     ("berg", []), ("daniel", ["Okafor"]), ("zoe", ["Outis"]), ("quist", ["Outis"]),
     ("mora", ["Outis"])],
)  # fmt: skip
def test_who_sees_whom(cast, name, sees):
    assert charts(getattr(cast, name)) == sees


@pytest.mark.parametrize("name", ["ana", "amin", "daniel"])
def test_somebody_inactive_sees_nobody(cast, name):
    person = getattr(cast, name)
    assert charts(person)
    person.is_active = False
    assert charts(person) == []


def test_a_post_runs_from_its_first_to_its_last_day(cast):
    post = StaffMember.objects.get(user=cast.ana)
    post.from_on, post.to_on = NOW.date() - DAY, NOW.date() + DAY
    post.save()
    assert [bool(charts(cast.ana, NOW + n * DAY)) for n in (-2, -1, 0, 1, 2)] == [
        False, True, True, True, False]  # fmt: skip
    assert not clinics_of(cast.ana, now=NOW + 2 * DAY).exists()


def test_the_partner_therapist_sees_the_care_team_patient_while_on_the_team(cast):
    member = join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin,
                            now=NOW)  # fmt: skip
    assert charts(cast.berg) == ["Okafor"] and charts(cast.berg, NOW - DAY) == []
    member.to_on = NOW.date()
    member.save()
    assert charts(cast.berg) == ["Okafor"] and charts(cast.berg, NOW + DAY) == []
    assert join_care_team(patient=cast.okafor, user=cast.berg, role=Role.THERAPIST, by=cast.amin,
                          now=NOW) != member  # fmt: skip


def test_a_team_of_another_clinic_opens_nothing_without_a_post_there(cast):
    join_care_team(patient=cast.outis, user=cast.berg, role=Role.THERAPIST, by=cast.quist, now=NOW)
    assert charts(cast.berg) == []
    employ(
        clinic=cast.lakeside, user=cast.berg, by=cast.mora, now=NOW, partner_practice="Northside"
    )
    assert charts(cast.berg) == ["Outis"]


def grant(cast, person, **more):
    values = {"patient": cast.okafor, "kind": AccessGrant.Kind.COVER, "subject_id": cast.okafor.pk,
              "reason": "Cover", "by": cast.cole, "now": NOW, "hours": 2}  # fmt: skip
    return grant_access(user=person, **(values | more))


@pytest.mark.parametrize(("minutes", "runs"), [(-1, False), (0, True), (119, True), (120, False)])
def test_a_grant_opens_one_chart_while_it_runs(cast, minutes, runs):
    grant(cast, cast.berg)
    grant(cast, cast.quist)
    assert charts(cast.berg, after(minutes)) == (["Okafor"] if runs else [])
    assert charts(cast.quist, after(minutes)) == (["Okafor", "Outis"] if runs else ["Outis"])


def test_a_grant_given_twice_is_one_and_its_time_starts_anew(cast):
    first, again = grant(cast, cast.berg), grant(cast, cast.berg, hours=100, now=after(5))
    assert first == again and again.ends_at == after(5 + 100 * 60)
    assert AuditEvent.objects.filter(action="grant_access").count() == 2


def test_a_look_and_a_refused_look_are_on_the_trail(cast):
    assert patient_for(cast.ana, cast.okafor.pk, now=NOW) == cast.okafor
    for outsider in (cast.zoe, cast.berg, cast.quist):
        with pytest.raises(NotFound, match="no such patient"):
            patient_for(outsider, cast.okafor.pk, now=NOW, action="export")
    rows = AuditEvent.objects.filter(object_kind="patient", object_id=str(cast.okafor.pk))
    assert [(r.actor, r.action, r.outcome, r.patient_id) for r in rows.order_by("pk")] == [
        (cast.ana, "read", "done", cast.okafor.pk),
        (cast.zoe, "export", "refused", None),
        (cast.berg, "export", "refused", None),
        (cast.quist, "export", "refused", None),
    ]


def test_an_unknown_chart_is_refused_in_the_same_words(cast):
    sentences = set()
    for pk in (cast.okafor.pk, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound) as refusal:
            patient_for(cast.zoe, pk, now=NOW)
        sentences.add(str(refusal.value))
    assert len(sentences) == 1


def test_what_is_no_id_at_all_is_not_found_either(cast):
    for pk in ("", "1042", "'; --"):
        with pytest.raises(NotFound):
            patient_for(cast.ana, pk, now=NOW)


def test_somebody_without_a_post_is_turned_away_and_it_is_on_the_trail(cast, as_user):
    token = issue_token(user=cast.ana, label="desk", by=None, now=NOW)
    StaffMember.objects.filter(user=cast.ana).update(
        to_on=dt.date(2020, 1, 1), from_on=dt.date(2019, 1, 1)
    )
    refused = AuditEvent.objects.filter(outcome="refused", actor=cast.ana, object_kind="route")
    assert as_user(cast.ana).get("/today/").status_code == 403
    assert refused.get().reason == "no post"
    headers = {"HTTP_AUTHORIZATION": f"Token {token}"}
    address = reverse("api_patient", args=[cast.okafor.pk])
    assert Client().get(address, **headers).status_code == 403
    assert refused.filter(reason="no post").count() == 2
