"""What a service may refuse with. Views turn each into a page written for a person."""

from collections.abc import Sequence


class Refused(Exception):
    """A rule of the clinic says no; `str()` says what to do instead (422)."""


class Forbidden(Exception):
    """This person may not do that; `str()` says who may (403)."""


class Conflict(Exception):
    """Somebody else was faster (409).

    `versions` = [(part, yours, saved)], shown side by side; `who` saved.
    """

    def __init__(
        self, sentence: str, *, versions: Sequence[tuple[str, str, str]] = (), who: str = ""
    ) -> None:
        super().__init__(sentence)
        self.versions = list(versions)
        self.who = who


class NotFound(Exception):
    """Nothing there, or nothing this person may know of (404)."""
