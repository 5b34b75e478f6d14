"""The typed fields of a call: how each is read and shown, and two people writing in one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Field

from core.accounts.models import User
from core.lib.errors import Conflict
from core.people.names import birth_date_of, phone_e164, phone_words, why_no_phone
from intake.call_rules import WITHHELD
from intake.models import Call

LABELS = {
    "phone": "Phone",
    "given_name": "First name",
    "family_name": "Last name",
    "birth_date": "Date of birth",
    "relation": "Who is speaking",
    "caller_name": "Caller's name",
    "permission": "Does the patient agree",
    "region": "Where is it worst",
    "since": "Since when",
    "notes": "Notes",
}
TYPED = tuple(LABELS)
TOO_LONG = "That is too long: {} characters at most. Put the rest into the notes."


def read_field(row: Call, name: str, text: str, now: dt.datetime) -> tuple[Any, str]:
    """(value, "") or (None, sentence)."""
    field = cast("Field[Any, Any]", Call._meta.get_field(name))
    if name == "birth_date":
        if not text:
            return None, ""
        born = birth_date_of(text, today=now.date())
        return (born, "") if born else (None, "Type the date of birth as 03/14/1974 or 03141974.")
    if name == "phone":
        if text.lower() == WITHHELD:
            return WITHHELD, ""
        number = phone_e164(text) if text else ""
        if number is None:
            instead = "Type the number alone, and the extension into the notes."
            return None, why_no_phone(text, extension=instead) + " Or type “withheld”."
        return number, ""
    choices = dict(field.choices or ())
    if choices and text not in choices and not (text == "" and field.blank):
        return None, "Choose one of the answers offered."
    limit = getattr(field, "max_length", None)
    if limit and len(text) > limit:
        return None, TOO_LONG.format(limit)
    if name == "region" and text == "" and row.region:
        return row.region, ""  # an answered question is corrected, not emptied
    return text, ""


def shown(row: Call, name: str) -> str:
    """What stands in the field on the screen; reads back as the same value."""
    value = getattr(row, name)
    if name == "birth_date":
        return f"{value:%m/%d/%Y}" if value else ""
    return phone_words(value) if name == "phone" else str(value)


def in_words(row: Call, name: str, value: Any) -> str:
    """A value for a person: a choice by its label."""
    field = cast("Field[Any, Any]", row._meta.get_field(name))
    return str(dict(field.flatchoices).get(value, value)) if field.flatchoices else str(value)


class Clash(Conflict):
    """Two people wrote in one field. `names` = the fields."""

    names: tuple[str, ...] = ()


def touched(
    row: Call, typed: Mapping[str, str], before: Mapping[str, str], *, by: User, now: dt.datetime
) -> dict[str, str]:
    """What the person changed: fields that still say what they said `before` are left alone.

    Raises Clash where somebody else wrote since then. `row` is locked. Two people in different
    fields never meet; one's own words, of a save whose answer was lost or of another window, are
    no clash.
    """
    found: dict[str, tuple[str, str, str]] = {}
    changed, whose = dict(typed), ""
    for name in LABELS:
        if name not in typed or name not in before:
            continue
        saved = getattr(row, name)
        mine, problem = read_field(row, name, typed[name].strip(), now)
        was = value_before(row, name, before[name].strip(), now)
        if not problem and mine == was:
            del changed[name]
        elif not problem and saved not in (mine, was):
            writer, who = last_writer(row, name)
            if writer != by.pk:
                whose = who
                theirs = in_words(row, name, shown(row, name))
                found[name] = (LABELS[name], in_words(row, name, typed[name]), theirs)
    if found:
        clash = Clash(
            f"{whose or 'Somebody else'} wrote something else here meanwhile.",
            versions=list(found.values()),
            who=whose,
        )
        clash.names = tuple(found)
        raise clash
    return changed


def value_before(row: Call, name: str, text: str, now: dt.datetime) -> Any:
    if not text:
        return None if name == "birth_date" else ""
    return read_field(row, name, text, now)[0]


def last_writer(row: Call, name: str) -> tuple[Any, str]:
    """(id, name) of who gave the field its present value, from the row's history."""
    rows = row.history.order_by("-history_date", "-history_id")
    found: tuple[Any, str] = (None, "")
    for value, writer, who in rows.values_list(
        name, "history_user_id", "history_user__full_name"
    ).iterator(chunk_size=50):
        if value != getattr(row, name):
            break
        found = (writer, who or "")
    return found
