"""What somebody had typed."""

from django.db.models import QuerySet

from core.accounts.models import User
from core.work.models import Draft


def draft_text(viewer: User, place: str) -> str:
    return drafts_of(viewer).filter(place=place).values_list("text", flat=True).first() or ""


def drafts_of(viewer: User) -> QuerySet[Draft]:
    """One's own alone, whoever asks."""
    return Draft.objects.filter(user=viewer).exclude(text="")
