"""Drafts: saved as typed, gone when sent."""

import datetime as dt

from core.accounts.models import User
from core.work.models import Draft


def save_draft(*, user: User, place: str, text: str, now: dt.datetime) -> Draft:
    draft, _ = Draft.objects.update_or_create(
        user=user, place=place, defaults={"text": text, "saved_at": now}
    )
    return draft


def drop_draft(*, user: User, place: str) -> None:
    Draft.objects.filter(user=user, place=place).delete()
