"""What somebody had typed."""

from core.accounts.models import User
from core.work.models import Draft


def draft_text(viewer: User, place: str) -> str:
    return (
        Draft.objects.filter(user=viewer, place=place).values_list("text", flat=True).first() or ""
    )
