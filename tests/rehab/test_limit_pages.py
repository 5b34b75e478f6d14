"""Limits on screen: what holds, several set at once, lifted; a document beside the form."""

import re

import pytest
import time_machine
from django.urls import reverse

from core.documents.models import Document
from core.work.services import PLACES
from rehab.models import LimitsCheck, Restriction
from tests.cast import NOW
from tests.rehab.limit_stories import DAY, TODAY, arrives, lift_limit, limited, paper, planned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOW, tick=False):
        yield


def card(response, title):
    """The sentences in the card of that title."""
    _, _, rest = response.text.partition(f"<span>{title}</span>")
    return re.findall(r'limit__said">([^<]*)<', rest.partition("</section>")[0])


def page(cast):
    return reverse("rehab:limits", args=[cast.okafor.pk])


def form(**more):
    """A letter with two limits, the third row left as it was offered."""
    rows = {
        "activity_0": "lift", "value_0": "15", "unit_0": "lb", "from_on_0": "2026-11-24",
        "to_on_0": "2026-12-15", "sentence_0": "Lift at most 15 lb", "until_0": "",
        "activity_1": "drive", "value_1": "", "unit_1": "", "from_on_1": "2026-11-24",
        "to_on_1": "", "sentence_1": "", "until_1": "until cleared in writing",
        "activity_2": "", "value_2": "", "unit_2": "", "from_on_2": "2026-11-24", "to_on_2": "",
        "sentence_2": "", "until_2": "",
    }  # fmt: skip
    head = {"source": "surgeon", "source_words": "Dr. Mills, 20 Nov", "episode": "", "rows": "3"}
    return head | rows | more


def test_what_holds_what_comes_and_what_is_over(cast, as_user):
    limited(
        cast, lift_limit(), lift_limit("Walk at most 10 min", activity="walk", value=10, unit="min",
                                       from_on=TODAY + 7 * DAY),
        lift_limit("No stairs", activity="climb", value=None, unit="", from_on=TODAY - 30 * DAY,
                   to_on=TODAY - DAY),
    )  # fmt: skip
    found = as_user(cast.lang).get(page(cast))
    text = " ".join(found.text.split())
    assert found.status_code == 200
    assert card(found, "Limits now") == ["Lift at most 15 lb"]
    assert card(found, "From a later day on") == ["Walk at most 10 min"]
    assert card(found, "Over or lifted") == ["No stairs"]
    for words in ("Lifting: 15 lb at most", "to Tue 15 Dec 2026", "without it from Wed 16 Dec 2026",
                  "Physician: Dr. Amin, 24 Nov", "from Tue 1 Dec 2026",
                  "Stairs and ladders: not at all"):  # fmt: skip
        assert words in text, words
    assert "Set limits" not in text and "Lift it" not in text  # behavioral health reads


@pytest.mark.parametrize(
    ("who", "code"), [("ana", 403), ("cole", 403), ("quist", 404), ("amin", 200)]
)
def test_who_opens_it(cast, as_user, who, code):
    assert as_user(getattr(cast, who)).get(page(cast)).status_code == code


def test_two_limits_of_a_letter_at_once(cast, as_user):
    answer = as_user(cast.ruiz).post(reverse("rehab:set_limits", args=[cast.okafor.pk]), form())
    assert answer.status_code == 302
    lifting, driving = Restriction.objects.order_by("-activity")
    assert (lifting.value, lifting.unit, lifting.to_on.isoformat()) == (15, "lb", "2026-12-15")
    assert driving.sentence == "Driving: not at all" and driving.until == "cleared in writing"


def test_another_row_keeps_what_was_typed(cast, as_user):
    address = reverse("rehab:set_limits", args=[cast.okafor.pk])
    answer = as_user(cast.ruiz).post(address, form(more="1", sentence_2="half a word"))
    assert answer.status_code == 200 and not Restriction.objects.exists()
    assert 'name="sentence_3"' in answer.text and "half a word" in answer.text
    assert 'name="rows" value="4"' in answer.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"until_0": "cleared"}, "not both"),
        ({"to_on_0": ""}, "No limit is endless"),
        ({"to_on_0": "2026-11-01", "from_on_0": "2026-10-01"}, "has passed"),
        ({"to_on_0": "2206-12-15"}, "years away"),
        ({"from_on_0": ""}, "from which day"),
        ({"unit_0": ""}, "choose the unit"),
        ({"value_0": ""}, "write the number"),
        ({"value_0": "15.55"}, "is no number"),
        ({"value_0": "-1"}, "is no number"),
        ({"value_0": "NaN"}, "is no number"),
        ({"value_0": "50"}, "says 15"),
        ({"activity_0": ""}, "choose what is limited"),
        ({"activity_1": "other"}, "as everybody will read it"),
        ({"source": ""}, "Choose who says so"),
        ({"source_words": ""}, "whose word"),
        ({"episode": "x"}, "problems"),
    ],
)
def test_a_refused_form_stands_there_as_typed(cast, as_user, wrong, sentence):
    address = reverse("rehab:set_limits", args=[cast.okafor.pk])
    browser = as_user(cast.ruiz)
    answer = browser.post(address, form(**wrong))
    assert answer.status_code == 422 and sentence in answer.text
    assert "until cleared in writing" in answer.text
    assert f'data-posted="{page(cast)}"' in answer.text
    assert not Restriction.objects.exists()
    assert browser.post(address, form()).status_code == 302


def test_lifting_with_a_reason_and_too_late(cast, as_user):
    row = limited(cast)[0]
    address = reverse("rehab:lift_limit", args=[row.pk])
    therapist = as_user(cast.ruiz)
    empty = therapist.post(address, {"reason": "x", "version": "1"})
    assert empty.status_code == 422 and "Write why it holds no more" in empty.text
    assert therapist.post(address, {"reason": "20 lb go well", "version": "1"}).status_code == 302
    late = as_user(cast.amin).post(address, {"reason": "cleared", "version": "1"})
    assert late.status_code == 409 and "20 lb go well" in late.text and "cleared" in late.text
    after = as_user(cast.amin).get(page(cast))
    assert card(after, "Over or lifted") == ["Lift at most 15 lb"]
    assert "Lena Ruiz: 20 lb go well" in " ".join(after.text.split())
    assert as_user(cast.quist).post(address, {"reason": "abc", "version": "2"}).status_code == 404


def test_the_plans_page_tells_limits_of_today_and_not_of_when_it_was_written(cast, as_user):
    plan = planned(cast)
    limited(cast, lift_limit(to_on=TODAY))
    address = reverse("rehab:plan", args=[plan.pk])
    assert "Lift at most 15 lb" in as_user(cast.ruiz).get(address).text
    with time_machine.travel(NOW + DAY, tick=False):
        text = as_user(cast.ruiz).get(address).text
    assert "Nothing is restricted" in text


def test_older_ones_have_a_page_of_their_own(cast, as_user):
    for start in (0, 20, 40):
        old = [lift_limit(f"Old {n}", value=n + 1, from_on=TODAY - 9 * DAY, to_on=TODAY - DAY)
               for n in range(start, start + 20)]  # fmt: skip
        limited(cast, *old)
    browser = as_user(cast.amin)
    first = browser.get(page(cast))
    older = re.search(r'href="(\?after=[^"]*)"', first.text)
    second = browser.get(page(cast) + older[1])
    shown = [card(found, "Over or lifted") for found in (first, second)]
    assert [len(each) for each in shown] == [50, 10]
    assert len({*shown[0], *shown[1]}) == 60


def test_a_document_is_read_beside_the_form(cast, as_user):
    note = paper(cast, source="Dr. Mills")
    arrives(note)
    address = reverse("rehab:limits_from", args=[note.pk])
    text = as_user(cast.ruiz).get(address).text
    assert reverse("documents:page", args=[note.pk, 1]) in text and "Dr. Mills" in text
    copy = reverse("rehab:copy_limits", args=[note.pk])
    refused = as_user(cast.ruiz).post(copy, form(seen="0", source_words=""))
    assert refused.status_code == 422 and "Lift at most 15 lb" in refused.text
    assert as_user(cast.ruiz).post(copy, form(seen="0", more="1")).status_code == 200
    assert as_user(cast.ruiz).post(copy, form(seen="0")).status_code == 302
    assert Restriction.objects.filter(document=note).count() == 2
    late = as_user(cast.amin).post(copy, form(seen="0"))
    assert late.status_code == 409 and "Lena Ruiz" in late.text
    after = as_user(cast.amin).get(address)
    assert "Read for limits already" in after.text and len(card(after, "Copied from it")) == 2


def test_turning_the_documents_page_leaves_the_form_alone(cast, as_user):
    note = paper(cast, source="Dr. Mills")
    arrives(note)
    Document.objects.filter(pk=note.pk).update(pages=3)
    ruiz, address = as_user(cast.ruiz), reverse("rehab:limits_from", args=[note.pk])
    text = ruiz.get(address + "?page=2").text
    links = re.findall(r'<a href="([^"]*)"[^>]*hx-get="([^"]*)"[^>]*hx-target="(#sheet)"', text)
    assert links == [(f"{address}?page={n}", f"{address}?page={n}", "#sheet") for n in (1, 3)]
    sheet = text.split('id="sheet"')[1].split("</div>")[0]
    assert "<img" in sheet and "<form" not in sheet  # what is swapped holds nothing that is typed
    for door, said in (("copy_limits", {"more": "1"}), ("copy_limits", {"source_words": ""}),
                       ("no_limits", {"reason": ""})):  # fmt: skip
        assert f'form="{door.replace("copy_limits", "limit-form").replace("_", "-")}"' in sheet
        answer = ruiz.post(
            reverse(f"rehab:{door}", args=[note.pk]), form(seen="0", page="2") | said
        )
        assert reverse("documents:page", args=[note.pk, 2]) in answer.text, said
    place = f"document:{note.pk}"
    for name in ("whose", "until-0", "words-2", "none"):
        assert f'data-draft="{place}:{name}"' in text and PLACES.fullmatch(f"{place}:{name}")


def test_none_in_it_and_this_has_limits_in_it(cast, as_user):
    scan = paper(cast, kind="other")
    none = reverse("rehab:no_limits", args=[scan.pk])
    refused = as_user(cast.ruiz).post(none, {"reason": "", "seen": "0"})
    assert refused.status_code == 422 and "Write what it says instead" in refused.text
    assert as_user(cast.ruiz).post(none, {"reason": "wound care"}).status_code == 422  # no `seen`
    assert as_user(cast.ruiz).post(none, {"reason": "wound care", "seen": "0"}).status_code == 302
    assert LimitsCheck.objects.get().words == "wound care"
    ask = reverse("rehab:ask_limits", args=[scan.pk])
    button = reverse("documents:document", args=[scan.pk])
    assert ask in as_user(cast.ana).get(button).text
    assert ask not in as_user(cast.lang).get(button).text
    assert as_user(cast.ana).post(ask).status_code == 302
    assert as_user(cast.lang).post(ask).status_code == 403
    assert as_user(cast.zoe).post(ask).status_code == 404


@pytest.mark.parametrize(
    ("who", "code"), [("ana", 403), ("lang", 403), ("quist", 404), ("amin", 200)]
)
def test_who_copies_from_a_document(cast, as_user, who, code):
    note = paper(cast)
    address = reverse("rehab:limits_from", args=[note.pk])
    assert as_user(getattr(cast, who)).get(address).status_code == code
