"""Every pair of the request's table, which release covers a source, which way a letter may go."""

import datetime as dt
import itertools
import random

import pytest

from core.lib.states import StateError, next_state
from core.people.models import Consent
from intake.models import OutsideProvider, RecordsRequest
from intake.record_rules import (
    ALPHABET,
    CLOSED,
    REQUEST,
    names,
    number_of,
    pick,
    possible,
    ways,
    why_not,
)
from messaging.models import Delivery

TODAY = dt.date(2026, 11, 24)
STATES = RecordsRequest.State.values
ACTIONS = sorted({action for _, action in REQUEST})
# What a state lets happen, in words of its own: written down a second time.
MAY = {
    "prepared": {"send", "confirm", "receive", "none_exist", "cancel"},
    "sending": {"confirm", "fail", "send_again", "receive", "none_exist", "cancel"},
    "requested": {"confirm", "send_again", "chase", "file_part", "receive", "none_exist", "cancel"},
    "chased": {"confirm", "send_again", "chase", "file_part", "receive", "none_exist", "cancel"},
    "received": {"receive", "review", "reopen", "reopen_unsent"},
    "reviewed": {"receive", "reopen", "reopen_unsent"},
    "none_exist": {"receive"},
    "cancelled": set(),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_pair_is_said(state, action):
    if action in MAY[state]:
        assert next_state(REQUEST, state, action) in STATES
    else:
        with pytest.raises(StateError):
            next_state(REQUEST, state, action)


def test_nobody_is_offered_what_is_refused():
    for state, letter in itertools.product(STATES, ["", *Delivery.State.values]):
        offered = possible(state, letter=letter, attempts=1)
        assert set(offered) <= MAY[state]
        assert ("send" in offered) == (state == "prepared")
        known = letter in {"", "claimed", "handing", "sent"}  # in good hands, or there
        if state == "sending":
            assert ("send_again" in offered) == (not known)
        assert "confirm" not in offered or letter in {"waiting", "uncertain", "dead"}
    assert {state for state in STATES if "cancel" not in MAY[state]} == {"received", *CLOSED}


def signed(**more):
    known = {"kind": "release", "signed_on": TODAY - dt.timedelta(days=9), "method": "paper"}
    return Consent(**known | more)


@pytest.mark.parametrize(
    ("more", "words"),
    [({}, ""), ({"expires_on": TODAY}, ""), ({"signed_on": TODAY}, ""),
     ({"expires_on": TODAY - dt.timedelta(days=1)}, "expired"),
     ({"signed_on": TODAY + dt.timedelta(days=1)}, "future"),
     ({"ended_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)}, "withdrawn"),
     ({"kind": "treatment"}, "no release")],
)  # fmt: skip
def test_a_release_holds_or_says_why_not(more, words):
    said = why_not(signed(**more), today=TODAY)
    assert words in said and bool(said) == bool(words)


@pytest.mark.parametrize(
    ("party", "fits"),
    [("", True), ("Lakeshore Imaging", True), ("LAKESHORE  imaging, Chicago", True),
     ("Lakeshore", True), ("Northwest Hospital", False),
     ("Any provider who treated me", True), ("All clinics in Illinois", True),
     ("All Saints Hospital", False), ("Any Lab Test Now", False), ("Lake", False)],
)  # fmt: skip
def test_whom_a_release_names(party, fits):
    assert names(signed(party=party), "Lakeshore Imaging") is fits


def test_one_that_names_the_source_before_one_for_all_then_the_newest():
    old, new = signed(), signed(signed_on=TODAY)
    mine = signed(party="Lakeshore", signed_on=TODAY - dt.timedelta(days=99))
    gone = signed(signed_on=TODAY, expires_on=TODAY - dt.timedelta(days=1))
    assert pick([old, new, gone], source="Lakeshore Imaging", today=TODAY) is new
    assert pick([old, new, mine], source="Lakeshore Imaging", today=TODAY) is mine
    assert pick([gone], source="Lakeshore Imaging", today=TODAY) is None


EVERY = list(
    itertools.product(
        ["", "+13125550199"],
        ["", "a@b.example"],
        [True, False],
        ["fax", "email", "print"],
        [True, False],
    )
)


@pytest.mark.parametrize(("fax", "email", "secure", "preferred", "gateway"), EVERY)
def test_print_is_always_there_and_mail_only_to_a_secure_address(
    fax, email, secure, preferred, gateway
):
    source = OutsideProvider(fax=fax, email=email, email_secure=secure, preferred=preferred)
    found = {w.channel: w.problem for w in ways(source, configured=["fax"] if gateway else [])}
    assert set(found) == {"fax", "email", "print"} and found["print"] == ""
    assert (found["email"] == "") == (bool(email) and secure)
    assert (found["fax"] == "") == (bool(fax) and gateway)
    first = ways(source, configured=["fax"] if gateway else [])[0]
    assert first.problem == "" and (found[preferred] or first.channel == preferred)


def test_a_number_is_read_aloud_without_mistake():
    made = {number_of(random.Random(seed).choice) for seed in range(200)}
    assert len(made) == 200 and all(len(n) == 10 and n.startswith("R-") for n in made)
    assert not set("01ILOU") & set(ALPHABET)
