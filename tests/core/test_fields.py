"""What each role reads of a row it may open: the one table, on every page and in the API."""

import datetime as dt

import pytest
import time_machine
from django.apps import apps
from django.urls import reverse

from core.accounts.roles import Role
from core.people.fields import FIELDS, Part, shown
from core.people.models import Episode, Patient
from core.people.services import open_episode
from intake.models import Call, RedFlag
from intake.services.calls import use_match
from intake.services.flags import acknowledge_flag, decide_flag
from messaging.models import Message, Thread, WorkItem
from messaging.services.threads import start_thread
from tests.cast import NOW

pytestmark = pytest.mark.django_db
CLINICIANS = ("amin", "ruiz", "park", "lang")
# Ben answers the phone too, but not this call; Dana Cole runs the clinic.
ADMINISTRATIVE = ("ben", "cole")
EVERYBODY = (*CLINICIANS, *ADMINISTRATIVE, "ana")
# Models whose classified fields nobody reads through the table, and why.
OWN = {"Draft": "its author's alone", "AuditEvent": "read with Perm.AUDIT_VIEW, on its own page"}


def classified():
    """(model, field) of everything with a name, a number or health in it."""
    for model in apps.get_models():
        privacy = model.__dict__.get("privacy")
        for name, kind in privacy.classes.items() if privacy else ():
            if kind in {"identifier", "health"} and model.__name__ not in OWN:
                yield model.__name__, name


def test_every_classified_field_stands_in_one_group():
    listed = [
        (model, name)
        for group in FIELDS.values()
        for model, names in group.fields.items()
        for name in names.split()
    ]
    assert len(listed) == len(set(listed)), "a field stands in two groups"
    missing = sorted(set(classified()) - set(listed))
    assert not missing, f"Say in core/people/fields.py who reads {missing}."
    assert not set(listed) - set(classified()), "a group names a field that is not there"


IDENTITY = {"mrn", "given_name", "family_name", "birth_date", "sex", "pronouns", "search", "phone",
            "email", "language", "interpreter", "preferred_name", "address", "city", "state",
            "postal_code", "contact_by", "may_text", "may_email", "may_voicemail",
            "status_note"}  # fmt: skip


@pytest.mark.parametrize("name", EVERYBODY)
def test_everyone_working_here_knows_who_it_is(cast, name):
    assert shown(Patient, getattr(cast, name)) == IDENTITY


@pytest.mark.parametrize(
    ("model", "hidden"),
    [(Episode, "problem work"), (Call, "since notes"), (Message, "body"), (Thread, "title"),
     (RedFlag, "reasons decision_reason hold_release_reason")],
)  # fmt: skip
def test_the_words_are_for_clinicians_and_whoever_they_concern(cast, model, hidden):
    words = frozenset(hidden.split())
    for name in CLINICIANS:
        assert words <= shown(model, getattr(cast, name)), name
    for name in (*ADMINISTRATIVE, "ana"):
        assert not words & shown(model, getattr(cast, name)), name
        assert words <= shown(model, getattr(cast, name), concerned=True), name
    assert shown(model, cast.daniel) == frozenset()  # the portal takes its own way
    cast.amin.is_active = False
    assert shown(model, cast.amin) == frozenset()


# --- on the pages -------------------------------------------------------------------------------

PROBLEM, CALL, TALK = ("Problemzzq", "Workzzq"), ("Sincezzq", "Noteszzq", "Whyzzq"), (
    "Titlezzq", "Bodyzzq")  # fmt: skip
DECISION = ("Decisionzzq",)
IDENTIFYING = ("Okafor", "1042", "Igbozzq", "okaforzzq@mail.example")


class Story:
    """An ended call of Ana's with a decided flag, a talk among clinicians, an episode."""

    def __init__(self, cast, new_call):
        Patient.objects.filter(pk=cast.okafor.pk).update(
            language="Igbozzq", email="okaforzzq@mail.example"
        )
        self.okafor = Patient.objects.get(pk=cast.okafor.pk)
        open_episode(patient=self.okafor, problem="Problemzzq", region="low_back", by=cast.amin,
                     now=NOW, work="Workzzq")  # fmt: skip
        self.call = use_match(call=new_call(Q2="yes"), patient=self.okafor, by=cast.ana, now=NOW,
                              birth_date=cast.okafor.birth_date)  # fmt: skip
        self.flag = RedFlag.objects.get(call=self.call)
        self.flag.reasons = [{"rule": "R", "flags": [], "key": "k", "why": "Whyzzq"}]
        self.flag.save()
        acknowledge_flag(flag=self.flag, by=cast.amin, now=NOW)
        decide_flag(flag=self.flag, decision="confirm", to="", reason="Decisionzzq",
                    release_hold=False, by=cast.amin, now=NOW)  # fmt: skip
        Call.objects.filter(pk=self.call.pk).update(
            state="closed", closed_at=NOW, closed_by=cast.ana, since="Sincezzq", notes="Noteszzq"
        )
        self.thread = start_thread(
            clinic=cast.riverside, patient=self.okafor, title="Titlezzq", body="Bodyzzq",
            to=[cast.park], by=cast.ruiz, now=NOW, dedupe_key="k", asks=True,
        )  # fmt: skip
        self.item = WorkItem.objects.get(kind="message")

    def pages(self):
        return {
            "patient": reverse("home:patient", args=[self.okafor.pk]),
            "call": reverse("intake:call", args=[self.call.pk]),
            "flag": reverse("intake:flag", args=[self.flag.pk]),
            "flag state": reverse("intake:flag_state", args=[self.call.pk]),
            "item": reverse("messaging:item", args=[self.item.pk]),
            "thread": reverse("messaging:thread", args=[self.thread.pk]),
            "flag thread": reverse("messaging:thread", args=[self.flag.thread_id]),
            "today": reverse("home:today"),
            "queue": reverse("intake:queue"),
            "inbox": reverse("messaging:inbox"),
            "api patient": reverse("api_patient", args=[self.okafor.pk]),
            "api call": reverse("api_call", args=[self.call.pk]),
            "api thread": reverse("api_thread", args=[self.thread.pk]),
            "api threads": reverse("api_threads"),
            "api items": reverse("api_work_items"),
        }


@pytest.fixture
def read(cast, new_call, as_user):
    """`read(cast.ben)` = page → body, of everything about the story that he can open."""
    with time_machine.travel(NOW + dt.timedelta(minutes=2), tick=False):
        pages = Story(cast, new_call).pages()

        def bodies(user):
            browser = as_user(user)
            answers = {name: browser.get(address) for name, address in pages.items()}
            assert {a.status_code for a in answers.values()} <= {200, 404}
            return {
                n: a.content.decode() if a.status_code == 200 else "" for n, a in answers.items()
            }

        yield bodies


def where(bodies, token):
    return {name for name, body in bodies.items() if token in body}


@pytest.mark.parametrize("name", CLINICIANS)
def test_clinicians_read_the_chart(cast, read, name):
    bodies = read(getattr(cast, name))
    assert all(bodies.values()), [n for n, body in bodies.items() if not body]
    for token in (*PROBLEM, "Titlezzq"):
        assert "patient" in where(bodies, token), token
    for token in PROBLEM:
        assert "api patient" in where(bodies, token), token
    for token in ("Sincezzq", "Noteszzq"):
        assert "call" in where(bodies, token), token
    assert where(bodies, "Whyzzq") >= {"patient", "flag"}
    assert where(bodies, "Decisionzzq") >= {"patient", "call", "flag", "flag state", "flag thread"}
    assert where(bodies, "Bodyzzq") == {"thread", "api thread"}
    assert where(bodies, "Titlezzq") >= {"item", "thread", "api threads"}


@pytest.mark.parametrize("name", ADMINISTRATIVE)
def test_the_desk_and_the_manager_read_what_their_work_needs(cast, read, name):
    bodies = read(getattr(cast, name))
    for token in (*PROBLEM, *CALL, *DECISION, *TALK):
        assert not where(bodies, token), f"{name} reads {token}"
    assert not bodies["thread"] and not bodies["flag thread"]
    for page in ("patient", "call", "flag", "item", "api patient", "api call"):
        assert bodies[page], f"{name} may open the {page}"
    for token in IDENTIFYING:
        assert where(bodies, token) >= {"patient", "api patient"}, token
    assert "Emergency now" in bodies["patient"] and "Decided" in bodies["patient"]
    assert "emergency_now" in bodies["api call"] and '"reasons":[]' in bodies["api call"]


def test_whoever_took_the_call_reads_what_became_of_it(cast, read):
    bodies = read(cast.ana)
    for token in ("Sincezzq", "Noteszzq"):
        assert "call" in where(bodies, token), token
    assert where(bodies, "Decisionzzq") >= {"call", "flag", "flag state"}
    assert "flag" in where(bodies, "Whyzzq")
    for token in (*PROBLEM, *TALK):  # the rest of the chart stays the clinicians'
        assert not where(bodies, token), token


def test_until_it_has_ended_or_is_decided_anybody_may_have_to_act(cast, new_call, as_user):
    with time_machine.travel(NOW, tick=False):
        call = new_call(Q2="yes")
        Call.objects.filter(pk=call.pk).update(notes="Noteszzq")
        flag = RedFlag.objects.get(call=call)
        for name in ADMINISTRATIVE:
            browser = as_user(getattr(cast, name))
            page = browser.get(reverse("intake:call", args=[call.pk])).content.decode()
            assert "Noteszzq" in page, name
            page = browser.get(reverse("intake:flag", args=[flag.pk])).content.decode()
            assert flag.reasons[0]["why"] in page, name


def test_a_role_more_reads_more(cast, read):
    cast.cole.roles = [Role.MANAGER, Role.PHYSICIAN]
    cast.cole.save()
    assert where(read(cast.cole), "Problemzzq") >= {"patient", "api patient"}
    assert Part.PROBLEM in FIELDS
