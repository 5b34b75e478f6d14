"""Emergency access is reviewed by somebody else of the patient's clinic; the person is told."""

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.accounts.roles import Role
from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.access import may_review
from core.people.models import AccessGrant
from core.people.services import employ
from messaging.models import WorkItem
from messaging.selectors.break_glass import emergency_for, looks, reviews
from messaging.selectors.inbox import inbox
from messaging.selectors.worklist import items_of_patient, worklist
from messaging.services.break_glass import break_glass, end_access, review
from tests.cast import NOW
from tests.factories.flags import after

pytestmark = pytest.mark.django_db
WHY = "collapsed in our waiting room"
OVER = after(61)


@pytest.fixture
def grant(cast):
    return break_glass(clinic=cast.riverside, known_by="1042", reason=WHY, by=cast.quist,
                       birth_date=cast.okafor.birth_date, now=NOW)  # fmt: skip


def reviewed(grant, by, now=OVER, **more):
    said = {"verdict": "justified", "words": "He had collapsed indeed"} | more
    return review(grant=grant, by=by, now=now, **said)


def test_a_manager_of_the_patients_clinic_reviews_and_the_person_is_told(cast, grant):
    row = reviewed(grant, cast.cole)
    assert (row.verdict, row.reviewed_by, row.reviewed_at) == ("justified", cast.cole, OVER)
    item = WorkItem.objects.get(kind="break_glass_review")
    assert (item.close_event, item.closed_by) == ("reviewed", cast.cole)
    assert worklist(cast.cole, now=OVER) == []
    [told] = inbox(cast.quist, now=OVER)
    assert "He had collapsed indeed" in told.message.body and "Okafor" not in told.message.body
    assert AuditEvent.objects.get(action="break_glass_review").patient_id == cast.okafor.pk


@pytest.mark.parametrize("name", ["mora", "zoe", "quist", "berg"])
def test_another_clinic_finds_nothing_to_review(cast, grant, name):
    with pytest.raises(NotFound):
        emergency_for(getattr(cast, name), grant.pk, now=OVER)
    assert reviews(getattr(cast, name), now=OVER) == ([], [])
    assert reviews(cast.cole, now=OVER) == ([grant], [])


@pytest.mark.parametrize("name", ["amin", "ana", "park"])
def test_it_takes_the_right_to_review(cast, grant, name):
    with pytest.raises(Forbidden):
        reviewed(grant, getattr(cast, name))


def test_nobody_reviews_their_own(cast, grant, as_user):
    cast.quist.roles = [Role.PHYSICIAN, Role.MANAGER]
    cast.quist.save()
    employ(clinic=cast.riverside, user=cast.quist, by=cast.cole, now=NOW)
    assert not may_review(cast.quist, grant.user_id) and may_review(cast.cole, grant.user_id)
    with pytest.raises(Forbidden, match="their own"):
        reviewed(grant, cast.quist)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor past the service
        AccessGrant.objects.filter(pk=grant.pk).update(
            reviewed_by=cast.quist, reviewed_at=OVER, verdict="justified", review_words="fine by me"
        )
    with time_machine.travel(OVER, tick=False):
        page = as_user(cast.quist).get(reverse("home:break_glass_review", args=[grant.pk]))
    assert "Nobody reviews their own" in page.content.decode()
    assert 'name="words"' not in page.content.decode()
    assert reviewed(grant, cast.cole).reviewed_by == cast.cole


@pytest.mark.parametrize(
    ("more", "says"),
    [({"verdict": ""}, "Choose whether"), ({"verdict": "maybe"}, "Choose whether"),
     ({"words": "fine"}, "Write why"), ({"words": " " * 30}, "Write why"),
     ({"now": after(59)}, "still open")],
)  # fmt: skip
def test_a_verdict_needs_its_words_and_the_end(cast, grant, more, says):
    with pytest.raises(Refused, match=says):
        reviewed(grant, cast.cole, **more)
    end_access(grant=grant, by=cast.cole, now=after(30))
    assert reviewed(grant, cast.cole, now=after(31))


def test_the_second_reviewer_sees_both_verdicts(cast, grant, as_user):
    reviewed(grant, cast.cole)
    with pytest.raises(Conflict) as conflict:
        reviewed(grant, cast.cole, verdict="not_justified", words="No emergency at all")
    assert conflict.value.versions == [
        ("Verdict", "Not justified", "Justified"),
        ("Why", "No emergency at all", "He had collapsed indeed"),
    ]
    with time_machine.travel(OVER, tick=False):
        page = as_user(cast.cole).post(
            reverse("home:break_glass_review", args=[grant.pk]),
            {"verdict": "not_justified", "words": "No emergency at all"},
        )
    assert page.status_code == 409
    for words in ("No emergency at all", "He had collapsed indeed"):
        assert words in page.content.decode()


def test_the_page_says_what_was_looked_at(cast, grant, as_user):
    with time_machine.travel(after(1), tick=False):
        as_user(cast.quist).get(reverse("home:patient", args=[cast.okafor.pk]))
        as_user(cast.amin).get(reverse("home:patient", args=[cast.okafor.pk]))  # not under it
    with time_machine.travel(OVER, tick=False):
        listed = as_user(cast.cole).get(reverse("home:break_glass_reviews")).content.decode()
        page = as_user(cast.cole).get(reverse("home:break_glass_review", args=[grant.pk]))
    assert "Quist Other" in listed and "Okafor, Daniel" in listed
    assert WHY in page.content.decode()
    assert [(look.at, look.words) for look in looks(grant)] == [
        (NOW, "Opened the chart, with the reason above"),
        (after(1), "Opened the patient’s page"),
    ]
    assert "Opened the patient’s page" in page.content.decode()


def test_on_the_chart_the_review_is_between_reviewers(cast, grant):
    def kinds(viewer):
        return [row.kind for row in items_of_patient(viewer, cast.okafor)]

    assert kinds(cast.cole) == ["break_glass_review"]
    assert kinds(cast.quist) == kinds(cast.ana) == kinds(cast.amin) == []
