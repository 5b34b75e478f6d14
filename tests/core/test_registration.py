"""What the desk asks once: each part is noted, changed and ended; nothing typed is lost."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.urls import reverse

from core.audit.models import AuditEvent
from core.lib.errors import Refused
from core.people.models import Consent, Coverage, Patient, PatientContact, Payer
from core.people.registration import registration_of, release_for_records
from core.people.services import join_care_team, open_episode
from core.people.services.sheets import note
from tests.cast import NOW

pytestmark = pytest.mark.django_db
WHO = {"given_name": "Daniel", "family_name": "Okafor", "birth_date": "03/14/1974", "sex": "male",
       "language": "English", "contact_by": "phone", "phone": "312 555 0142"}  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def aetna(cast):
    return Payer.objects.create(clinic=cast.riverside, name="Lakeshore Mutual",
                                payer_class="commercial_erisa")  # fmt: skip


def post(browser, name, /, *ids, **typed):
    form = {"form_key": str(uuid.uuid4())} | typed
    return browser.post(reverse(f"home:{name}", args=ids), form)


def test_the_desk_registers_everything_once(cast, as_user, aetna):
    ana, pk = as_user(cast.ana), cast.okafor.pk
    page = ana.get(reverse("home:registration", args=[pk])).content.decode()
    for asked in ("No coverage or claim", "Nobody to phone", "Allergies not asked yet",
                  "No consent to treatment", "No release to ask others"):  # fmt: skip
        assert asked in page
    sent = [
        post(ana, "add_entry", pk, "coverage", payer=str(aetna.pk), priority="1",
             member_id="W123", subscriber="self"),
        post(ana, "add_entry", pk, "contact", name="Ngozi Okafor", relation="partner",
             phone="312 555 0199", emergency="on"),
        post(ana, "add_entry", pk, "consent", kind="treatment", signed_by="Daniel Okafor",
             method="paper", signed_on="11/24/2026"),
        post(ana, "add_entry", pk, "consent", kind="privacy_notice", signed_by="Daniel Okafor",
             method="paper", signed_on="11242026"),
        post(ana, "add_entry", pk, "consent", kind="release", signed_by="Daniel Okafor",
             method="electronic", signed_on="11/24/2026", party="Any provider", scope="All notes"),
        post(ana, "add_entry", pk, "problem", problem="Low back pain", region="low_back",
             side="left", flared_on="11/20/2026"),
        post(ana, "add_background", pk, "allergy", substance="Latex", severity="severe"),
    ]  # fmt: skip
    assert [answer.status_code for answer in sent] == [302] * 7
    found = registration_of(cast.ana, Patient.objects.get(pk=pk), now=NOW)
    assert found.missing == []
    assert (found.coverages[0].member_id, found.contacts[0].phone) == ("W123", "+13125550199")
    page = ana.get(reverse("home:patient", args=[pk])).content.decode()
    assert "Latex" in page and "Low back pain" not in page, "the desk reads the region alone"
    assert "Low back pain" in as_user(cast.amin).get(
        reverse("home:patient", args=[pk])).content.decode()  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [("coverage", {"priority": "1", "subscriber": "self"}, "This field is required"),
     ("contact", {"name": "Ada", "relation": "friend", "phone": "555 01"}, "area code"),
     ("contact", {"name": "Ada", "relation": "friend", "phone": "312 555 0101 x123456789"},
      "at most 7 digits"),
     ("consent", {"kind": "release", "signed_by": "D", "method": "paper",
                  "signed_on": "11/24/2026"}, "whom it names"),
     ("consent", {"kind": "treatment", "signed_by": "D", "method": "verbal",
                  "signed_on": "11/24/2026"}, "who heard it"),
     ("consent", {"kind": "treatment", "signed_by": "D", "method": "paper",
                  "signed_on": "11/25/2026"}, "future"),
     ("problem", {"problem": "Neck", "region": "elbow"}, "Select a valid choice")],
)  # fmt: skip
def test_what_cannot_be_comes_back_as_it_was_typed(cast, as_user, kind, typed, sentence):
    answer = post(as_user(cast.ana), "add_entry", cast.okafor.pk, kind, plan_b="", **typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page
    for words in typed.values():
        assert words in page


def test_a_work_injury_needs_its_date_and_employer(cast, as_user):
    carrier = Payer.objects.create(
        clinic=cast.riverside, name="State Fund", payer_class="workers_comp"
    )
    ana, pk = as_user(cast.ana), cast.okafor.pk
    claim = {"payer": str(carrier.pk), "priority": "1", "subscriber": "self",
             "claim_number": "WC-7"}  # fmt: skip
    answer = post(ana, "add_entry", pk, "coverage", **claim)
    assert answer.status_code == 422 and "date of injury" in answer.content.decode()
    whole = claim | {"injured_on": "10/02/2026", "employer": "Midway Freight",
                     "adjuster_name": "Cy Bell", "adjuster_phone": "312 555 0160"}  # fmt: skip
    assert post(ana, "add_entry", pk, "coverage", **whole).status_code == 302
    page = ana.get(reverse("home:registration", args=[pk])).content.decode()
    assert "claim WC-7" in page and "adjuster Cy Bell (312) 555-0160" in page


def test_two_first_coverages_are_refused_with_the_free_place(cast, aetna):
    first = {"payer": aetna, "member_id": "1", "priority": 1}
    note(patient=cast.okafor, kind=Coverage, values=first, by=cast.ana, now=NOW)
    with pytest.raises(Refused, match="number 2"):
        note(patient=cast.okafor, kind=Coverage, values=first, by=cast.ana, now=NOW)
    note(patient=cast.okafor, kind=Coverage, values=first | {"priority": 2}, by=cast.ana, now=NOW)
    assert cast.okafor.coverages.count() == 2


def test_two_people_in_different_fields_lose_nothing_and_in_one_field_see_both(cast, as_user):
    ana, ben, pk = as_user(cast.ana), as_user(cast.ben), cast.okafor.pk
    page = ana.get(reverse("home:identity", args=[pk])).content.decode()
    assert 'name="was_phone" id="was-phone" value="(312) 555-0142"' in page
    was = {f"was_{name}": text for name, text in WHO.items()}
    assert post(ana, "identity", pk, **WHO | was | {"city": "Chicago", "version": "1"}
                ).status_code == 302  # fmt: skip
    # Ben's form is from before: another field goes in beside hers, her city stands.
    late = post(ben, "identity", pk, **WHO | was | {"address": "2 Lake St", "version": "1"})
    cast.okafor.refresh_from_db()
    assert late.status_code == 302
    assert (cast.okafor.city, cast.okafor.address) == ("Chicago", "2 Lake St")
    clash = post(ben, "identity", pk, **WHO | was | {"city": "Cicero", "version": "1"})
    page = clash.content.decode()
    assert clash.status_code == 409 and "Chicago" in page and "Cicero" in page
    assert post(ben, "identity", pk, **WHO | {"city": "Cicero", "version": "3"}).status_code == 302
    cast.okafor.refresh_from_db()
    assert cast.okafor.city == "Cicero" and "okafor daniel" in cast.okafor.search


def test_what_stood_there_against_the_rules_is_no_reason_to_lose_what_was_typed(cast, as_user):
    """As imported: dead, and no day. The form would not take that, but it was shown so."""
    ana, ben, pk = as_user(cast.ana), as_user(cast.ben), cast.okafor.pk
    Patient.objects.filter(pk=pk).update(status="deceased", version=2)  # since the forms were open
    was = {"was_status": "deceased", "was_status_on": "", "status": "deceased", "version": "1"}
    assert post(ben, "status", pk, **was, status_on="11/20/2026").status_code == 302
    cast.okafor.refresh_from_db()
    assert str(cast.okafor.status_on) == "2026-11-20"
    late = post(ana, "status", pk, **was, status_on="11/21/2026")
    assert late.status_code == 409 and "2026-11-20" in late.content.decode()
    cast.okafor.refresh_from_db()
    assert str(cast.okafor.status_on) == "2026-11-20"


def test_a_changed_name_is_found_by_the_new_one(cast, as_user):
    ana, pk = as_user(cast.ana), cast.okafor.pk
    post(ana, "identity", pk, **WHO | {"family_name": "Adeyemi", "version": "1"})
    found = ana.post(reverse("home:patients"), {"q": "adeyemi"}).content.decode()
    assert "Adeyemi" in found
    trail = AuditEvent.objects.get(action="change", object_kind="patient")
    assert set(trail.fields) == {"family_name", "sex"} and trail.patient_id == pk


def test_what_is_over_stays_readable_with_the_reason(cast, as_user):
    ana, pk = as_user(cast.ana), cast.okafor.pk
    episode = open_episode(patient=cast.okafor, problem="Low back pain", region="low_back",
                           by=cast.amin, now=NOW)  # fmt: skip
    team = join_care_team(patient=cast.okafor, user=cast.ruiz, role="therapist", by=cast.ana,
                          now=NOW - dt.timedelta(days=3))  # fmt: skip
    post(ana, "add_background", pk, "allergy", substance="Latex", severity="mild")
    row = cast.okafor.allergies.get()
    short = post(ana, "end_background", pk, "allergy", row.pk, reason="x")
    assert short.status_code == 422
    post(ana, "end_background", pk, "allergy", row.pk, reason="Patch test was negative")
    post(ana, "end_entry", pk, "problem", episode.pk, reason="Pain free since June")
    post(ana, "leave_team", pk, team.pk)
    page = ana.get(reverse("home:registration", args=[pk])).content.decode()
    assert "Patch test was negative" in page and "Lena Ruiz" in page
    assert "Low back pain" not in page and "Pain free since June" not in page
    assert "Pain free since June" in as_user(cast.amin).get(
        reverse("home:registration", args=[pk])).content.decode()  # fmt: skip


def test_no_known_allergies_is_not_the_same_as_not_asked(cast, as_user):
    amin, pk = as_user(cast.amin), cast.okafor.pk
    assert "not asked yet" in amin.get(reverse("home:patient", args=[pk])).content.decode()
    assert post(amin, "no_allergies", pk).status_code == 302
    assert "none known" in amin.get(reverse("home:patient", args=[pk])).content.decode()
    managers = as_user(cast.cole).get(reverse("home:patient", args=[pk])).content.decode()
    assert "Allergies" not in managers


def test_a_release_holds_from_its_signature_to_its_end(cast):
    day = NOW.date()
    until = day + dt.timedelta(days=90)
    values = {"kind": "release", "signed_by": "D. Okafor", "method": "paper", "party": "Any",
              "scope": "Imaging", "signed_on": day, "expires_on": until}  # fmt: skip
    row = note(patient=cast.okafor, kind=Consent, values=values, by=cast.ana, now=NOW)
    held = [
        release_for_records(cast.okafor, on=day + dt.timedelta(days=n)) for n in (-1, 0, 90, 91)
    ]
    assert held == [None, row, row, None]


def test_who_died_is_said_on_every_page(cast, as_user):
    ana, pk = as_user(cast.ana), cast.okafor.pk
    assert post(ana, "status", pk, status="deceased", version="1").status_code == 422
    said = {"status": "deceased", "status_on": "11/20/2026", "version": "1"}
    assert post(ana, "status", pk, **said).status_code == 302
    assert "Deceased" in as_user(cast.ruiz).get(
        reverse("home:registration", args=[pk])).content.decode()  # fmt: skip


@pytest.mark.parametrize("name", ["identity", "registration"])
def test_an_outsider_finds_nothing(cast, as_user, name):
    path = reverse(f"home:{name}", args=[cast.okafor.pk])
    assert as_user(cast.ana).get(path).status_code == 200
    assert as_user(cast.zoe).get(path).status_code == 404


def test_an_entry_of_another_chart_is_not_changed_through_this_one(cast, as_user):
    ana = as_user(cast.ana)
    bo = {"name": "Bo Hale", "relation": "child", "phone": "+13125550150"}
    row = note(patient=cast.hale, kind=PatientContact, values=bo, by=cast.ana, now=NOW)
    own = reverse("home:change_entry", args=[cast.hale.pk, "contact", row.pk])
    other = reverse("home:change_entry", args=[cast.okafor.pk, "contact", row.pk])
    assert ana.get(own).status_code == 200 and ana.get(other).status_code == 404
    allergy = reverse("home:add_entry", args=[cast.okafor.pk, "allergy"])
    assert as_user(cast.cole).get(allergy).status_code == 404, "a manager notes no allergies"
