"""How names, phone numbers and birth dates are spelt and read. Pure."""

import datetime as dt
import re
import unicodedata

import phonenumbers

DATE_FORMATS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%m%d%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
    "%B %d %Y",
)


# Where a patient’s number goes when it has an extension: their own is matched and texted.
ON_THE_CHART = "Type the number alone; note the one with its extension under Contacts on the chart."
LONGEST_PHONE = 20  # characters of the columns


def folded(text: str) -> str:
    """Lower case without accents, single blanks: what is searched."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def phone_e164(text: str) -> str | None:
    """`(312) 555-0142` → `+13125550142`; None when it cannot be a phone number.

    For numbers that are matched, texted, paged or faxed: one with an extension is none of them.
    """
    number = _number(text)
    return None if number is None or number.extension else _e164(number)


def phone_dialled(text: str) -> str | None:
    """For numbers that only a person dials: `312 555 0142 ext. 4` → `+13125550142x4`."""
    number = _number(text)
    if number is None:
        return None
    kept = f"{_e164(number)}x{number.extension}" if number.extension else _e164(number)
    return kept if len(kept) <= LONGEST_PHONE else None


def phone_alone(text: str) -> tuple[str | None, str]:
    """(E.164, extension): for a file that has both in one cell."""
    number = _number(text)
    return (None, "") if number is None else (_e164(number), number.extension or "")


def _number(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    # Seven digits are possible too, within their town: nobody could dial them back from here.
    possible = phonenumbers.is_possible_number_with_reason(number)
    return number if possible == phonenumbers.ValidationResult.IS_POSSIBLE else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def why_no_phone(text: str, *, extension: str) -> str:
    """What to type instead; `extension` = where this page can keep an extension."""
    if phone_alone(text)[1]:
        return f"An extension cannot be kept with this number. {extension}"
    return "That is not a phone number. Type it with its area code: 312 555 0142."


def phone_words(number: str) -> str:
    """`+13125550142` → `(312) 555-0142`, for sentences; what cannot be read stays."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if national else style.INTERNATIONAL)


def birth_date_of(text: str, *, today: dt.date) -> dt.date | None:
    """`03141974`, `3/14/1974`, `1974-03-14`, `14 Mar 1974` → date; None when it is none of them."""
    cleaned = " ".join(text.replace(",", " ").split())
    if cleaned.isdigit() and len(cleaned) != 8:  # 112000 is a chart number, 3121974 a phone's end
        return None
    for pattern in DATE_FORMATS:
        try:
            day = dt.datetime.strptime(cleaned, pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if dt.date(1900, 1, 1) <= day <= today:
            return day
    return None


def birthday_in(text: str, *, today: dt.date) -> tuple[dt.date | None, str]:
    """`Okafor 3/14/1974` → the birthday and the other words. Beside a name eight bare digits are a
    number, not a date."""
    parts = text.replace(",", " ").split()
    for size in (len(parts), 3, 1):
        for start in range(len(parts) - size + 1):
            said = " ".join(parts[start : start + size])
            born = (
                None if said.isdigit() and size < len(parts) else birth_date_of(said, today=today)
            )
            if born:
                return born, " ".join(parts[:start] + parts[start + size :])
    return None, text


def search_text(*, given_name: str, family_name: str, mrn: str, phone: str) -> str:
    """The searched column of a patient."""
    return folded(f"{family_name} {given_name} {family_name} mrn{mrn} {mrn} {digits(phone)[-10:]}")[
        :260
    ]


def age_on(birth_date: dt.date, today: dt.date) -> int:
    """Whole years; born on 29 February = birthday on 1 March in other years."""
    return (
        today.year
        - birth_date.year
        - ((today.month, today.day) < (birth_date.month, birth_date.day))
    )
