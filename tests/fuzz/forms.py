"""What is sent to forms: every field any view reads; values that fit, nearly fit or are wild."""

import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.guards.world import World
from tests.processes import ROOT

READ = re.compile(r"""POST(?:\.get|\.getlist)?[\[(]\s*["'](\w+)["']""")
GIVEN = re.compile(r"""GET(?:\.get|\.getlist)?[\[(]\s*["'](\w+)["']""")
# Read by name in a loop, or by a form of the sign-in packages.
WORDS = """given_name family_name birth_date phone sex clinic known_by reason email full_name
credentials partner_practice to_on from_on login password password1 password2 oldpassword code
position user starts_at ends_at verdict words was_notes was_phone notes since relation region
caller_name permission Q1 Q2 Q1_branch Q2_branch form_key version confirm_secret confirm_back
delegate order actor action place text lift slot metric value missing_reason instrument side
activity_0 value_0 unit_0 sentence_0 from_on_0 to_on_0 until_0 rows more seen source source_words
d_stop d_chair item_0 activity_0 measured_at clinician episode add after"""
MORE = WORDS.split()
ALIKE = """yes no dont_know 0 1 -1 99999999999999999999 1e9 ² ٣ 0x10 true None null on
2026-11-24 2026-02-30 9999-12-31 0001-01-01 0000-00-00 2026-11-24T15:00 2026-11-25T25:61
9999-12-31T23:59 0001-01-01T00:00 03/14/1974 03141974 02/29/2023 31.12.1999 3125550142 withheld
+1(312)555-0142 911 +999999999999999 emergency urgent same_day routine confirm change told_911
retry cancel release mark_delivered voicemail busy justified not_justified us patient first backup
front_desk physician manager light dark low_back family patient -00:00 +15:00 [ ] {} % _ \\ ' " ;
../../etc/passwd http://[ //evil.example /today/ <script> {{7*7}} $(id) =1+1 @x"""
NEAR = [
    *ALIKE.split(),
    "",
    " ",
    "2026-11-24T15:00:00+00:00_",
    "a" * 10_000,
    "א" * 300,
    "\u202eabc",
    "\x00",
    "🩺" * 90,
    "e\u0301" * 200,
    "\r\n\r\nSet-Cookie: a=b",
    "\ufeff",
    "\uffff",
    "9" * 400,
]


def fields(pattern: re.Pattern[str]) -> list[str]:
    """Field names as the views' own source reads them."""
    folders = ("config", "core", "intake", "messaging", "outcomes", "rehab")
    files = [p for folder in folders for p in (ROOT / folder).rglob("*.py")]
    return sorted({name for file in files for name in pattern.findall(Path(file).read_text())})


POSTED = sorted({*fields(READ), *MORE})
ASKED = sorted({*fields(GIVEN), "q", "next", "key"})


def known_ids(world: World) -> list[str]:
    rows = [*world.cast.members.values(), world.call, world.flag, world.item, world.thread,
            world.delivery, world.version, world.shift, world.waiting, world.cover,
            world.measure]  # fmt: skip
    return [str(row.pk) for row in rows] + [str(uuid.uuid4()), "0", str(world.flag.pk)[:-1]]


def values(world: World) -> st.SearchStrategy[str]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
    return st.one_of(
        st.sampled_from(NEAR), st.sampled_from(known_ids(world)), text,
        st.integers().map(str), st.datetimes().map(str), st.dates().map(str),
    )  # fmt: skip


def encoded(pairs: list[tuple[str, str]], broken: bytes) -> bytes:
    """A form's body; `broken` bytes that are no UTF-8 hang on its last value."""
    sent = "&".join(
        f"{quote_from_bytes(k.encode())}={quote_from_bytes(v.encode())}" for k, v in pairs
    )
    return sent.encode() + quote_from_bytes(broken).encode()


def body(world: World, valid: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """The form as it should be, with some fields replaced or added."""
    drawn = st.lists(st.tuples(st.sampled_from(POSTED), values(world)), max_size=8)
    base = [(name, str(value)) for name, value in valid.items()]
    whole = st.builds(
        lambda keep, more: [p for p in base if p[0] in keep] + more,
        st.sets(st.sampled_from(sorted(valid))) if valid else st.just(set()), drawn,
    )  # fmt: skip
    return st.builds(
        encoded, whole, st.sampled_from([b"", b"", b"\xff\xfe", b"%", b"\xed\xa0\x80"])
    )
