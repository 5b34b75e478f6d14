"""How much may arrive at all, before anybody is asked who they are."""

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from core.documents.rules import LARGEST, MOST_FILES

MOST = MOST_FILES * LARGEST + 1024 * 1024  # bytes of one form: ten of the largest, and the words


class Bounded(TemporaryFileUploadHandler):
    """Files of a form wait in the system's folder for such, never in memory; too many are refused.

    The folder is emptied by closing the request; what is looked at is only what a view asks for.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: Any,
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST:
            raise RequestDataTooBig("more files than one form may carry")
