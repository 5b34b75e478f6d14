"""Birth dates, phone numbers and names as people type them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lib.ui import phone as shown
from core.people.names import (
    age_on,
    birth_date_of,
    folded,
    phone_alone,
    phone_dialled,
    phone_e164,
    phone_words,
    search_text,
    why_no_phone,
)

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    "text",
    ["03141974", "3/14/1974", "03/14/1974", "1974-03-14", "14 Mar 1974", "14 March 1974",
     "Mar 14, 1974", "March 14, 1974", "march 14 1974", "03-14-1974", "3.14.1974", " 3/14/1974 "],
)  # fmt: skip
def test_one_birthday_many_spellings(text):
    assert birth_date_of(text, today=TODAY) == dt.date(1974, 3, 14)


@pytest.mark.parametrize(
    "text",
    ["", "okafor", "31/31/1974", "02/30/1974", "02/29/1973", "11/25/2026", "12/31/1899", "3/14",
     "3/14/74", "1042", "3125550142", "+13125550142", "112000", "3121974"],
)  # fmt: skip
def test_what_is_no_birthday(text):
    assert birth_date_of(text, today=TODAY) is None


def test_born_today_or_on_a_leap_day():
    assert birth_date_of("11/24/2026", today=TODAY) == TODAY
    assert birth_date_of("02/29/1972", today=TODAY) == dt.date(1972, 2, 29)


@given(st.dates(dt.date(1900, 1, 1), TODAY))
def test_every_birthday_is_read_back(born):
    for pattern in ("%m/%d/%Y", "%m%d%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y"):
        assert birth_date_of(born.strftime(pattern), today=TODAY) == born


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text):
    found = birth_date_of(text, today=TODAY)
    assert found is None or dt.date(1900, 1, 1) <= found <= TODAY
    number = phone_e164(text)
    assert number is None or number.startswith("+")
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    "text",
    ["(312) 555-0142", "312 555 0142", "312.555.0142", "3125550142", "+1 312 555 0142",
     "1-312-555-0142", "tel: 312-555-0142"],
)  # fmt: skip
def test_one_number_many_spellings(text):
    assert phone_e164(text) == "+13125550142"


@pytest.mark.parametrize("text", ["", "none", "911", "12", "0142", "555 0142", "5550142", "1" * 20])
def test_what_nobody_could_dial_back(text):
    assert phone_e164(text) is None


@pytest.mark.parametrize(
    "text", ["312 555 0142 x12", "(312) 555-0142 ext. 12", "312-555-0142, extension 12",
             "+13125550142x12", "312 555 0142 #12", "tel:+1-312-555-0142;ext=12"],
)  # fmt: skip
def test_an_extension_is_kept_or_refused_and_never_lost(text):
    assert phone_dialled(text) == "+13125550142x12"
    assert phone_words("+13125550142x12") == shown("+13125550142x12") == "(312) 555-0142 ext. 12"
    assert phone_dialled(phone_words("+13125550142x12")) == "+13125550142x12"
    assert phone_e164(text) is None and phone_alone(text) == ("+13125550142", "12")
    assert "extension" in why_no_phone(text, extension="Leave it.")
    assert phone_dialled("312 555 0142") == phone_e164("312 555 0142") == "+13125550142"


def test_a_number_from_abroad_keeps_its_country():
    assert phone_e164("+49 30 901820") == "+4930901820"


def test_names_are_folded():
    assert folded("  Núñez-Łuck  José ") == folded("nunez-Łuck jose")
    assert folded("MÜLLER") == "muller"
    text = search_text(given_name="José", family_name="Núñez", mrn="A-17", phone="+13125550142")
    for part in ("jose", "nunez", "nunez jose", "jose nunez", "a-17", "mrna-17", "3125550142"):
        assert part in text
    long = search_text(given_name="x" * 80, family_name="y" * 80, mrn="1", phone="")
    assert len(long) <= 260


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [("1974-03-14", "2026-03-13", 51), ("1974-03-14", "2026-03-14", 52),
     ("1972-02-29", "2026-02-28", 53), ("1972-02-29", "2026-03-01", 54),
     ("1972-02-29", "2028-02-29", 56), ("2026-11-24", "2026-11-24", 0)],
)  # fmt: skip
def test_age_in_whole_years(born, today, years):
    assert age_on(dt.date.fromisoformat(born), dt.date.fromisoformat(today)) == years
