"""An edited text is read or refused with the line and the field, never with a breakdown."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lib.errors import Refused
from core.protocols.text import read_text, text_of
from messaging.protocol_schema import EscalationProtocol

HEAD = {"key": "escalation", "version": "9", "effective_on": "2026-11-24"}
GOOD = """\
source: product decision
mark: clinic default
clocks:
  red_flag:
    due: {unit: minutes, n: 15}
    ladder:
      - {name: opened, from: opened, minutes: 0, audience: first}
    source: product decision
"""


def read(text):
    return read_text(text, head=HEAD, schema=EscalationProtocol)


def test_a_good_text():
    body, protocol = read(GOOD)
    assert protocol.clocks["red_flag"].due.n == 15 and body["version"] == "9"
    assert read(text_of(protocol))[0] == body
    assert read(GOOD.replace("\n", "\r\n"))[0] == body, "as a browser sends it"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("n: 15", "n: soon", r"Line 5, clocks › red flag › due › n: Input should be"),
        ("n: 15", "n: -1", r"Line 5, clocks › red flag › due › n:"),
        ("unit: minutes", "unit: moons", r"Line 5, clocks › red flag › due › unit:"),
        ("audience: first", "audience: nobody", r"Line 7, clocks .* ladder › no. 1 › audience"),
        ("    source: product decision\n", "", r"Line 4, .*source: this is missing"),
        ("mark: ", "marc: ", r"Line 2, marc: nothing is called so here"),
        ("mark: ", "mark ", r"Line 3: this cannot be read"),
        ("red_flag:", "red_flag: [", r"Line \d+: this cannot be read"),
        ("mark: clinic default", "mark: &a clinic", r"Line 2: & and \* are not used"),
        ("mark: clinic default", "mark: *a", r"Line 2: & and \* are not used"),
        ("mark: ", "source: twice\nmark: ", r"Line 2: “source” stands there already, on line 1"),
        ("mark: ", "version: 4\nmark: ", r"Take “version” out"),
        ("mark: ", "effective_on: 2001-01-01\nmark: ", r"Take “effective_on” out"),
        ("mark: clinic", 'mark: "\\0', r"character|cannot be read"),
        ("mark: clinic default", 'mark: "a\\0b"', r"character that cannot be kept"),
        ("mark: clinic default", 'mark: "\\ud800"', r"half of a character"),
        ("mark: clinic default", "mark: \x07", r"character that cannot be kept"),
        ("mark: clinic default", "mark: 2026-02-31", r"day or a number"),
        ("n: 15", "n: " + "9" * 5000, r"cannot be one"),
        ("mark: clinic default", "mark: " + "[" * 5000, r"nested too deep"),
        (
            "mark: clinic default",
            "mark: !!python/object:os.system x",
            r"Line 2: nothing begins with !",
        ),
        ("n: 15", "n: !!bool 15", r"Line 5: nothing begins with !"),
        ("red_flag:", "? {a: 1}\n  :", r"Line 4: before the colon stands a list"),
        ("red_flag:", "[a, b]:", r"Line 4: before the colon stands a list"),
        ("red_flag:", "[[1]: 2]:", r"Line 4: before the colon stands a list"),
    ],
)
def test_what_is_wrong_is_told(old, new, sentence):
    with pytest.raises(Refused, match=sentence):
        read(GOOD.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "1: x", "x" * 200_001])
def test_no_content_at_all(text):
    with pytest.raises(Refused):
        read(text)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD)), st.text(max_size=12))
def test_whatever_is_typed_is_read_or_refused(at, typed):
    told = ""
    try:
        body, _ = read(GOOD[:at] + typed + GOOD[at:])
    except Refused as refusal:
        told = str(refusal)
    assert (told.endswith((".", ")")) and len(told) > 20) if told else body["key"] == "escalation"


# fmt: off
PIECES = (
    "? ", "[", "]", "{", "}", ": ", "- ", "\n", "  ", "!!int ", "!!set ", "!!bool ", "!!float ",
    "!!timestamp ", "!own ", "%TAG ! x:\n", "---\n", "<<: ", "= ", "&a ", "*a", "~", ".nan", "0b_",
    "1:30", "2026-13-45", "'", "|\n", "\0", "\ud800", "a", "1", "source: x",
)
# fmt: on


@settings(max_examples=150, deadline=None)
@given(st.sampled_from((0, GOOD.index("clinic"), GOOD.index("red_flag"), GOOD.index("15"))),
       st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))  # fmt: skip
def test_no_piece_of_the_language_breaks_it(at, pieces):
    with suppress(Refused):
        body, _ = read(GOOD[:at] + "".join(pieces) + GOOD[at:])
        assert json.dumps(body, allow_nan=False)
