"""What a service may refuse with. Views turn each into a page written for a person."""

from collections.abc import Sequence


class Refused(Exception):
    """A rule of the clinic says no; `str()` says what to do instead (422).

    `link` = (address, words) of the page on which to do it; none where it is this very form.
    """

    link: tuple[str, str] | None = None


class Forbidden(Exception):
    """This person may not do that; `str()` says who may (403)."""


class SignedOut(Exception):
    """The session is over, and a form came with words in it (401): its page shows them."""


class Conflict(Exception):
    """Somebody else was faster (409).

    `versions` = [(part, yours, saved)], shown side by side; `who` saved. With `version`, the row's
    as it is now, the page offers to save one's own all the same.
    """

    def __init__(
        self,
        sentence: str,
        *,
        versions: Sequence[tuple[str, str, str]] = (),
        who: str = "",
        version: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.versions = list(versions)
        self.who = who
        self.version = version


class TooMany(Exception):
    """Too often in too short a time (429); `retry_after` = seconds until the next try."""

    def __init__(self, *, retry_after: int) -> None:
        when = f"{retry_after} seconds" if retry_after > 1 else "a second"
        super().__init__(f"That was asked for very often in a short time. Try again in {when}.")
        self.retry_after = retry_after


class NotFound(Exception):
    """Nothing there, or nothing this person may know of (404)."""


class NoRoom(Exception):
    """A file could not be stored (507): the disk is full, or refuses. Nothing of it was kept."""

    def __init__(self, *, full: bool) -> None:
        super().__init__(
            (
                "The disk for documents is full"
                if full
                else "The disk for documents refuses to write"
            )
            + ", so nothing was kept. Tell your manager or technical contact; then upload it again."
        )
