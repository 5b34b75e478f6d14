"""What a card of a first visit did not take, kept until the card is saved: nobody signs past it.

It stands beside the unsent words of the person it was said to, and goes when they do.
"""

import datetime as dt
from collections.abc import Mapping

from core.accounts.models import User
from core.work.models import Draft
from core.work.services import LONGEST, drop_draft, save_draft
from rehab.models import FirstVisit
from rehab.visit_body import SECTIONS


def place_of(visit: FirstVisit, section: str) -> str:
    return f"firstvisit:{visit.pk}:refused-{section}"


def settle_card(
    *, visit: FirstVisit, section: str, problems: Mapping[str, str], by: User, now: dt.datetime
) -> None:
    """A card was sent: what of it was not saved is remembered; nothing = it is saved whole."""
    place, said = place_of(visit, section), " ".join(problems.values())
    if said:
        save_draft(user=by, place=place, text=said[:LONGEST], now=now)
    else:
        drop_draft(user=by, place=place)


def refused_cards(user: User, visit: FirstVisit) -> list[tuple[str, str]]:
    """(card, what to do) where one's own last answers were not saved; [] = none."""
    places = {place_of(visit, section): section for section in SECTIONS}
    rows = Draft.objects.filter(user=user, place__in=places).order_by("place")
    return [
        (places[row.place], f"Your last answers are not saved. {row.text} Or press Save in the "
         "card, then what it shows is kept.")
        for row in rows
    ]  # fmt: skip
