"""The problem a visit is for: which ones may be chosen, and how they read to whom."""

from collections.abc import Sequence

from core.accounts.models import User
from core.lib.day_words import day_words
from core.lib.errors import Refused
from core.people.fields import Part, shows
from core.people.models import Episode, Patient

GONE = "That problem is closed or belongs to another chart. Choose again."


def open_problems(patient: Patient) -> list[Episode]:
    """The newest first. One query."""
    return list(patient.episodes.filter(closed_on=None).order_by("-opened_on", "pk"))


def words_of(viewer: User, row: Episode) -> str:
    """The problem for who treats; for the desk the part of the body and since when."""
    if shows(viewer, Part.PROBLEM):
        return row.problem
    side = f", {row.get_side_display().lower()}" if row.side else ""
    return f"{row.get_region_display().capitalize()}{side}, since {day_words(row.opened_on)}"


def options_of(viewer: User, rows: Sequence[Episode]) -> list[tuple[str, str]]:
    """(id, words) as a select offers them."""
    return [(str(row.pk), words_of(viewer, row)) for row in rows]


def chosen_in(rows: Sequence[Episode], text: str) -> Episode | None:
    """The one a form names; None where it names none. Raises Refused for what is no choice."""
    found = next((row for row in rows if str(row.pk) == text), None)
    if text and found is None:
        raise Refused(GONE)
    return found
