"""Cells and elements into the spelling of a chart. Each: the value, or None for unreadable."""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from core.people.models import PatientContact, PayerClass
from core.people.names import birth_date_of, folded, phone_alone, phone_dialled

SEXES = {
    "f": "female", "female": "female", "w": "female", "woman": "female",
    "m": "male", "male": "male", "man": "male",
    "o": "other", "other": "other", "x": "other", "non-binary": "other", "nonbinary": "other",
    "u": "unknown", "unk": "unknown", "unknown": "unknown",
}  # fmt: skip
LANGUAGES = {
    "en": "English", "eng": "English", "es": "Spanish", "spa": "Spanish", "zh": "Chinese",
    "chi": "Chinese", "vi": "Vietnamese", "vie": "Vietnamese", "ko": "Korean", "kor": "Korean",
    "ru": "Russian", "rus": "Russian", "ar": "Arabic", "ara": "Arabic", "fr": "French",
    "fre": "French", "fra": "French", "de": "German", "ger": "German", "deu": "German",
    "pt": "Portuguese", "por": "Portuguese", "pl": "Polish", "pol": "Polish", "hi": "Hindi",
    "tl": "Tagalog", "it": "Italian", "ja": "Japanese", "ht": "Haitian Creole",
}  # fmt: skip
FAR_AHEAD = dt.timedelta(days=3650)
YES = {"y", "yes", "true", "1", "t", "x", "needed"}
NO = {"n", "no", "false", "0", "f", "none", ""}
Relation = PatientContact.Relation
RELATIONS = {
    "spouse": Relation.PARTNER, "partner": Relation.PARTNER, "husband": Relation.PARTNER,
    "wife": Relation.PARTNER, "domestic partner": Relation.PARTNER, "mother": Relation.PARENT,
    "father": Relation.PARENT, "parent": Relation.PARENT, "son": Relation.CHILD,
    "daughter": Relation.CHILD, "child": Relation.CHILD, "brother": Relation.SIBLING,
    "sister": Relation.SIBLING, "sibling": Relation.SIBLING, "friend": Relation.FRIEND,
    "guardian": Relation.GUARDIAN, "caregiver": Relation.CAREGIVER,
}  # fmt: skip
# Words in a payer's or plan's name → its class; the first that is found. All are guesses.
CLASSES = (
    (("workers' comp", "workers comp", "workmens comp", "work comp"), PayerClass.WORKERS_COMP),
    (("medicare advantage",), PayerClass.MEDICARE_ADVANTAGE),
    (("medicaid", "medi-cal", "masshealth"), PayerClass.MEDICAID),
    (("medicare",), PayerClass.MEDICARE_FFS),
    (("self pay", "self-pay", "selfpay"), PayerClass.SELF_PAY),
    (("marketplace",), PayerClass.QHP_FFE),
)


def sex_of(text: str) -> str | None:
    return SEXES.get(folded(text))


def yes_or_no(text: str) -> bool | None:
    said = folded(text)
    return True if said in YES else False if said in NO else None


def language_of(text: str) -> str:
    """`en-US`, `eng` or `English` → English; other words stay as they are."""
    code = folded(text).replace("_", "-").partition("-")[0]
    return LANGUAGES.get(code, text.strip()[:1].upper() + text.strip()[1:])


def relation_of(text: str) -> str:
    return RELATIONS.get(folded(text), Relation.OTHER)


def phone_of(text: str) -> str | None:
    """A patient's own number: matched and texted, so without an extension."""
    return phone_alone(text)[0]


def left_of_phone(text: str) -> str:
    """A note about the extension that could not be kept with the number; "" for none."""
    extension = phone_alone(text)[1]
    return f"the extension {extension} of the phone number was left out." if extension else ""


def dialled_phone_of(text: str) -> str | None:
    """A contact's number, which only a person dials: with its extension."""
    return phone_dialled(text)


def email_of(text: str) -> str | None:
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text


def day_of(text: str, *, today: dt.date, future: bool = False) -> dt.date | None:
    """A day as people or systems write it; the time of an instant is left out."""
    plain = re.sub(r"[T ]\d\d:\d\d.*$", "", text.strip())
    limit = today + FAR_AHEAD if future else today
    return birth_date_of(plain, today=limit)


def endless(text: str, *, today: dt.date) -> bool:
    """12/31/9999 and its like: a day more than ten years ahead says that there is no end."""
    return day_of(text, today=today, future=True) is None and (
        day_of(text, today=dt.date.max - FAR_AHEAD, future=True) is not None
    )


def storable(text: str) -> bool:
    """No character that the database cannot hold: a NUL, half of a pair."""
    return not any((ord(c) < 32 and c not in "\t\n\r") or 0xD800 <= ord(c) < 0xE000 for c in text)


def class_of(payer: str, plan: str = "", kind: str = "") -> tuple[str, bool]:
    """(class, was it guessed): from the kind of coverage (HL7 ActCode), else from the names."""
    sure = {"WCBPOL": PayerClass.WORKERS_COMP, "pay": PayerClass.SELF_PAY}
    if kind in sure:
        return sure[kind], False
    for name in (payer, plan):
        for words, payer_class in CLASSES:
            if any(word in folded(name) for word in words):
                return payer_class, True
    return PayerClass.COMMERCIAL, True
