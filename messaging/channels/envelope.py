"""What a channel gets to send: address, words, at most one file. Nothing of the database."""

import datetime as dt
import uuid
from dataclasses import dataclass

PDF = "application/pdf"


@dataclass(frozen=True)
class Attachment:
    """A file that goes with it; the name says nothing about anybody."""

    name: str
    content: bytes
    content_type: str = PDF


@dataclass(frozen=True)
class Envelope:
    """`key` is the same for every try, so a receiver can drop a second copy."""

    pk: uuid.UUID
    key: str
    template: str
    to: str  # e-mail address, or a number in E.164
    subject: str  # of an e-mail
    text: str
    created_at: dt.datetime
    attachment: Attachment | None = None
