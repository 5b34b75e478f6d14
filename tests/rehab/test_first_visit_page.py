"""The exam in the Library: one region at a time, every figure with where it is from."""

import html

import pytest
from django.urls import reverse

from core.protocols.models import ProtocolVersion
from core.protocols.services import load
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(cast, as_user):
    version, _ = load(kind="first_visit", now=NOW)
    address = reverse("protocols:version", args=[version.pk])

    def look(region="", lane=""):
        answer = as_user(cast.ruiz).get(f"{address}?region={region}&lane={lane}")
        assert answer.status_code == 200 and len(answer.content) < 60_000, region
        return html.unescape(answer.content.decode())

    return look


def test_the_library_lists_it_by_name(cast, as_user):
    load(kind="first_visit", now=NOW)
    assert ProtocolVersion.objects.filter(kind="first_visit").count() == 1
    assert (
        "First visit, v1" in as_user(cast.ruiz).get(reverse("protocols:library")).content.decode()
    )


@pytest.mark.parametrize(
    ("region", "there", "elsewhere"),
    [
        ("", "Straight leg raise", "Spurling"),
        ("low_back", "Rise on the toes of one foot", "Spurling"),
        ("neck", "Spurling", "Straight leg raise"),
        ("shoulder", "Raising the arm in front", "Claudication"),
        ("knee", "Step-down hurts at the front of the knee", "Raising the arm"),
        ("hip", "FADIR with pain in the groin", "Spurling"),
        ("other", "Light touch hurts", "Neurological exam"),
        ("mid_back", "Turning the trunk", "Neurological exam"),
        ("nowhere", "Straight leg raise", "Spurling"),
    ],
)
def test_a_region_shows_what_is_examined_there(shown, region, there, elsewhere):
    page = shown(region)
    assert there in page and elsewhere not in page
    assert "needs sign-off" in page and "sits 15 minutes" in page


def test_each_lane_shows_what_speaks_for_and_against_it(shown):
    assert "without it the lane is not proposed" in shown("shoulder", "rotator_cuff_repair")
    page = shown("low_back", "sacroiliac")
    assert "Three or more of the six sacroiliac tests" in page
    assert "Fewer than three of the six sacroiliac tests" in page
    assert "positive; it pinches the labrum" in shown("hip", "hip_labral")
    # a lane of another region: the first of this one
    assert "positive; it narrows the exit of the root" in shown("neck", "sacroiliac")


def test_what_cannot_wait_and_what_is_too_vague_is_shown(shown):
    page = shown("low_back")
    assert "A numb saddle area is an emergency now" in page and "not long" in page
