"""The clinic's own list of payers: added once by name, changed by two, deactivated, ours alone."""

import dataclasses

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import AuditEvent
from core.lib.errors import Conflict, Forbidden, NotFound, Refused
from core.people.models import Payer
from core.people.payers import payer_for, payers_of
from core.people.services.payers import (
    KnownPayer,
    PayerFacts,
    add_payer,
    change_payer,
    facts_of,
)
from tests.cast import NOW

pytestmark = pytest.mark.django_db
BLUE = PayerFacts("  Blue  Shield ", "commercial_erisa", phone="312 555 0199",
                  portal="https://blue.example/providers")  # fmt: skip


@pytest.fixture
def blue(cast):
    return add_payer(clinic=cast.riverside, wanted=BLUE, by=cast.park, now=NOW)


def change(payer, by, *, shown=None, version=None, **more):
    shown = shown or facts_of(payer)
    return change_payer(
        payer=payer, wanted=dataclasses.replace(shown, **more), shown=shown,
        version=version or payer.version, by=by, now=NOW,
    )  # fmt: skip


def test_added_as_it_stands_on_the_card(cast, blue):
    assert (blue.name, blue.phone, blue.active) == ("Blue Shield", "+13125550199", True)
    assert list(payers_of(cast.ana, now=NOW)) == [blue]
    assert AuditEvent.objects.get(object_kind="payer").action == "create"


@pytest.mark.parametrize("name", ["Blue Shield", "blue  SHIELD", " BLUE SHIELD "])
def test_a_second_of_that_name_leads_to_the_first(cast, blue, name):
    with pytest.raises(KnownPayer, match="on the list already") as refusal:
        add_payer(clinic=cast.riverside, wanted=PayerFacts(name, "self_pay"), by=cast.cole, now=NOW)
    assert refusal.value.payer == blue
    with pytest.raises(IntegrityError), transaction.atomic():
        Payer.objects.create(clinic=cast.riverside, name="BLUE shield", payer_class="self_pay")
    other = add_payer(clinic=cast.lakeside, wanted=BLUE, by=cast.mora, now=NOW)
    assert other.name == blue.name, "another clinic's list is its own"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "  "}, "Write the payer’s name"), ({"payer_class": ""}, "Choose the class"),
        ({"payer_class": "gold"}, "Choose the class"), ({"phone": "12"}, "phone number cannot"),
        ({"fax": "none"}, "fax number cannot"), ({"fax": "312 555 0199 x2"}, "fax number cannot"),
        ({"portal": "javascript:x()"}, "whole address"),
        ({"portal": "blue.example"}, "whole address"), ({"portal": "ftp://b.example"}, "whole"),
        ({"note": "x" * 301}, "300 characters"), ({"name": "x" * 121}, "120 characters"),
        ({"name": "a\x00b"}, "cannot be kept"), ({"code": "9" * 41}, "40 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_one(cast, blue, wrong, sentence):
    with pytest.raises(Refused, match=sentence):
        add_payer(clinic=cast.riverside, wanted=dataclasses.replace(BLUE, **wrong), by=cast.park,
                  now=NOW)  # fmt: skip
    with pytest.raises(Refused, match=sentence):
        change(blue, cast.park, **wrong)
    assert Payer.objects.count() == 1


def test_changed_and_deactivated_with_history(cast, blue):
    row = change(blue, cast.cole, active=False, code="47198")
    assert (row.active, row.code, row.version, row.history.count()) == (False, "47198", 2, 2)
    event = AuditEvent.objects.get(object_kind="payer", action="change")
    assert event.fields == ["Payer code", "In use"] and "yes → no" in event.reason
    with pytest.raises(KnownPayer, match="not in use"):
        add_payer(clinic=cast.riverside, wanted=BLUE, by=cast.park, now=NOW)
    assert change(row, cast.park).version == 2, "nothing changed is nothing saved"


def test_two_who_change_it_lose_nothing(cast, blue):
    shown = facts_of(blue)
    change(blue, cast.cole, fax="312 555 0111")
    with pytest.raises(Conflict) as clash:
        change(blue, cast.park, shown=shown, version=1, fax="312 555 0122", code="1")
    assert clash.value.who == "Dana Cole"
    assert ("Fax", "+13125550122", "+13125550111") in clash.value.versions
    row = change(blue, cast.park, shown=shown, version=clash.value.version, code="1")
    assert (row.fax, row.code) == ("+13125550111", "1"), "only what I touched"


def test_renamed_onto_another(cast, blue):
    gold = add_payer(clinic=cast.riverside, wanted=dataclasses.replace(BLUE, name="Gold"),
                     by=cast.park, now=NOW)  # fmt: skip
    with pytest.raises(KnownPayer):
        change(gold, cast.park, name="blue shield")
    assert change(gold, cast.park, name="GOLD").name == "GOLD"


@pytest.mark.parametrize("who", ["amin", "ruiz", "lang", "berg", "mora", "zoe"])
def test_who_does_not_keep_the_list(cast, blue, who):
    by = getattr(cast, who)
    with pytest.raises(Forbidden, match="coordinator or the manager of this clinic"):
        add_payer(clinic=cast.riverside, wanted=PayerFacts("New", "self_pay"), by=by, now=NOW)
    with pytest.raises(Forbidden):
        change(blue, by, code="1")
    assert Payer.objects.get().code == ""


@pytest.mark.parametrize("who", ["zoe", "mora", "berg"])
def test_an_outsider_knows_of_none(cast, blue, who):
    assert not payers_of(getattr(cast, who), now=NOW).exists()
    with pytest.raises(NotFound):
        payer_for(getattr(cast, who), blue.pk, now=NOW)
    assert AuditEvent.objects.filter(action="read", outcome="refused").count() == 1
    assert payer_for(cast.ana, blue.pk, now=NOW) == blue
