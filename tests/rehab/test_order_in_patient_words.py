"""What of a lane's order a patient reads: its words for them, never its words to a clinician."""

import copy
import html
import io
import re

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from pydantic import ValidationError
from pypdf import PdfReader

from core.protocols.models import ProtocolVersion
from core.protocols.services import digest_of, read_file
from rehab.documents import print_sheet
from rehab.lane_rules import as_patient_reads, patient_words, standing_order
from rehab.models import CarePlan
from rehab.plan_body import Avoided, Exercise, Hypothesis, Therapy, with_part
from rehab.protocol_schema import LanesProtocol
from rehab.services.plans import start_standing_order
from rehab.services.versions import add_version, locked
from tests.cast import NOW
from tests.factories.plans import TODAY, Planned

LANES = [row["id"] for row in read_file("lanes")[0]["lanes"]]
# How clinicians speak of a body to each other.
CLINICAL = re.compile(
    r"FABER|Gaenslen|Yeoman|weigh|assess|\bnote\b|copy the|flexion|extension|gluteal|lumbar"
    r"|NDI\b|isometric|propriocep|adduct|abduct|mechanics|referral|promise|provoke|plateau",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def raw():
    return copy.deepcopy(read_file("lanes")[0])


@pytest.fixture
def lanes(raw):
    return LanesProtocol.model_validate(raw)


def in_lane(cast, lane):
    story = Planned(cast, hypothesis=Hypothesis(lane=lane, words="Pain on the left"))
    start_standing_order(plan=story.plan, by=cast.ruiz, now=NOW, base=story.plan.head)
    return story


def paper(cast, story):
    pages = PdfReader(io.BytesIO(print_sheet(cast.ruiz, story.plan, now=NOW))).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def portal(cast, as_user):
    said = as_user(cast.daniel).get(reverse("home:portal_plan")).content.decode()
    return re.sub(r"\s+", " ", html.unescape(said))


@pytest.mark.parametrize("lane", LANES)
def test_no_patient_reads_a_lanes_words_to_a_clinician(lanes, lane):
    own = as_patient_reads(standing_order(lanes.by_id[lane], today=TODAY), patient_words(lanes))
    said = [*own.exercises, own.progression, *own.avoid, *own.stop, *own.call]
    assert own.exercises and own.progression and own.avoid
    assert [line for line in said if CLINICAL.search(line)] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lane", "theirs", "ours"),
    [
        ("sacroiliac", "Exercises that steady your pelvis", "Note which of FABER"),
        ("crps", "A change of color, temperature, sweat or swelling", "a sympathetic block is"),
        ("knee_oa", "Bursts of activity nobody planned: until your pacing holds", "promise that"),
        ("facet_lumbar", "Bending backward again and again", "two medial branch blocks"),
    ],
)
def test_paper_and_portal_say_what_is_theirs(cast, as_user, lane, theirs, ours):
    story = in_lane(cast, lane)
    for said in (paper(cast, story), portal(cast, as_user)):
        assert theirs in said and ours not in said, said
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    assert ours in html.unescape(page), "the team still reads the lane's own words"


@pytest.mark.django_db
def test_what_is_always_left_out_is_said_so(cast, as_user):
    story = in_lane(cast, "crps")
    for said in (paper(cast, story), portal(cast, as_user)):
        assert "Ice: always" in said and "until always" not in said
    page = as_user(cast.amin).get(reverse("rehab:plan", args=[story.pk])).content.decode()
    assert "Ice: always" in page and "until always" not in page


def test_what_a_clinician_typed_is_read_as_typed(lanes):
    order = Therapy(
        exercises=(
            Exercise(name="Assess the directional preference"),
            Exercise(name="Assess the directional preference", dose="10 bends"),
            Exercise(name="Pelvic stabilization", dose="3 x 10", from_week=2),
            Exercise(name="Pelvic stabilization on a ball"),
        ),
        progression="Slowly, as Lena Ruiz says",
        avoid=(Avoided(what="Ice", until="always"), Avoided(what="Ice", until="the burn heals")),
        call=("No answer to all of it: a sympathetic block is weighed", "A fever"),
    )
    own = as_patient_reads(order, patient_words(lanes))
    assert own.exercises == (
        "Assess the directional preference, 10 bends",
        "Exercises that steady your pelvis, 3 x 10 (from week 2)",
        "Pelvic stabilization on a ball",
    )
    assert own.progression == "Slowly, as Lena Ruiz says"
    assert own.avoid == ("Ice: always", "Ice: until the burn heals")
    assert own.call == ("A fever",)


@pytest.mark.django_db
def test_where_nothing_is_left_the_therapist_shows_them(cast, as_user):
    story = in_lane(cast, "radicular_lumbar")
    only = (Exercise(name="Assess the directional preference"),)
    therapy = story.body.therapy.model_copy(update={"exercises": only})
    with transaction.atomic():  # a lane that orders nothing else
        row, body = locked(story.plan), with_part(story.body, "therapy", therapy)
        add_version(row, body, part="therapy", why="", by=cast.ruiz, now=NOW)
    for said in (paper(cast, story), portal(cast, as_user)):
        assert "Your therapist shows you the first ones." in said
        assert "directional" not in said


@pytest.mark.parametrize(
    ("each", "weeks", "said"),
    [
        (2, 6, "2 times a week for 6 weeks"), (2, None, "2 times a week"),
        (1, 1, "Once a week for 1 week"), (None, 6, "For 6 weeks"), (None, None, ""),
    ],
)  # fmt: skip
def test_how_often_says_what_is_known(each, weeks, said):
    assert as_patient_reads(Therapy(per_week=each, weeks=weeks), {}).often == said


@pytest.mark.django_db
def test_sessions_without_an_end_are_printed_without_one(cast):
    story = in_lane(cast, "radicular_lumbar")
    story.write("therapy", story.body.therapy.model_copy(update={"per_week": 2}), by=cast.ruiz)
    said = paper(cast, story)
    assert "2 times a week. Your standing time goes up" in said and "None" not in said


def older(raw):
    """The file as it was before it said what a patient reads."""
    body = raw | {"version": "2", "lanes": [{**row, "patient": None} for row in raw["lanes"]]}
    return LanesProtocol.model_validate(body)


def test_a_version_that_does_not_say_it_keeps_its_warnings(raw):
    lane = older(raw).by_id["radicular_lumbar"]
    own = as_patient_reads(standing_order(lane, today=TODAY), patient_words(older(raw)))
    assert own.exercises == () and own.progression == ""
    assert own.stop == lane.order.stop and own.call == lane.order.call and len(own.avoid) == 2


@pytest.mark.django_db
def test_a_plan_of_older_lanes_is_read_in_todays_words(cast, as_user, raw):
    story = in_lane(cast, "crps")
    body = older(raw).model_dump(mode="json")
    old = ProtocolVersion.objects.create(
        kind="lanes", key="lanes", version="2", body=body, digest=digest_of(body), source="x",
        effective_on=body["effective_on"], loaded_at=NOW.replace(year=2025),
    )  # fmt: skip
    CarePlan.objects.filter(pk=story.pk).update(lanes=old)
    for said in (paper(cast, story), portal(cast, as_user)):
        assert "Having the limb moved by force: always" in said
        assert "a sympathetic block is" not in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda said: said.pop("Ice"), "say how a patient reads “Ice”"),
        (lambda said: said.update(Heat="Heat"), "names “Heat”, which is no line"),
    ],
)
def test_a_lane_says_it_of_every_line_or_is_refused(raw, change, sentence):
    LanesProtocol.model_validate(raw)
    change(next(row for row in raw["lanes"] if row["id"] == "crps")["patient"])
    with pytest.raises(ValidationError, match=sentence):
        LanesProtocol.model_validate(raw)


def test_one_line_reads_the_same_in_every_lane(raw):
    line = "Copy the surgeon's limits into the plan the same day"
    raw["lanes"][LANES.index("rotator_cuff_repair")]["patient"][line] = "Your limits"
    with pytest.raises(ValidationError, match="other patient words"):
        LanesProtocol.model_validate(raw)
