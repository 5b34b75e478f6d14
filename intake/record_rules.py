"""What can become of a request for records, which release covers it, which way it can go. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.lib.states import Transitions
from core.people.models import Consent
from intake.models import OutsideProvider

REQUEST: Transitions = {
    ("prepared", "send"): "sending",
    ("sending", "confirm"): "requested",
    ("prepared", "confirm"): "requested",  # a delivery given up that a manager retried
    ("sending", "fail"): "prepared",
    ("sending", "send_again"): "sending",  # another way than the letter that got stuck
    ("requested", "send_again"): "requested",
    ("chased", "send_again"): "chased",
    ("requested", "confirm"): "requested",  # a further letter has left
    ("chased", "confirm"): "chased",
    ("requested", "chase"): "chased",
    ("chased", "chase"): "chased",
    # Part of it is in, and more is still to come.
    ("requested", "file_part"): "requested",
    ("chased", "file_part"): "chased",
    # Records come in whatever was sent: the patient brings the disc, a colleague had it.
    ("prepared", "receive"): "received",
    ("sending", "receive"): "received",
    ("requested", "receive"): "received",
    ("chased", "receive"): "received",
    ("received", "receive"): "received",
    ("reviewed", "receive"): "received",
    ("none_exist", "receive"): "received",
    ("received", "review"): "reviewed",
    # What had come was on the wrong chart, or was refused when it was checked: ask again.
    ("received", "reopen"): "chased",
    ("reviewed", "reopen"): "chased",
    ("received", "reopen_unsent"): "prepared",
    ("reviewed", "reopen_unsent"): "prepared",
    ("prepared", "none_exist"): "none_exist",
    ("sending", "none_exist"): "none_exist",
    ("requested", "none_exist"): "none_exist",
    ("chased", "none_exist"): "none_exist",
    ("prepared", "cancel"): "cancelled",
    ("sending", "cancel"): "cancelled",
    ("requested", "cancel"): "cancelled",
    ("chased", "cancel"): "cancelled",
}
CLOSED = ("reviewed", "none_exist", "cancelled")
IN = ("received", "reviewed", "none_exist")  # nothing more is waited for
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else


TELLABLE = ("waiting", "uncertain", "dead")  # letters of which a person says that they arrived
STUCK = (*TELLABLE, "held", "cancelled")  # letters that nothing moves but a person


def possible(state: str, *, letter: str = "", attempts: int = 0) -> list[str]:
    """What a person may do next, in the order it is offered.

    `letter` = the state of its latest delivery, `attempts` how often a worker has tried it.
    """
    order = ("send", "confirm", "receive", "review", "chase", "send_again", "file_part",
             "none_exist", "cancel")  # fmt: skip
    refused = set[str]() if letter in TELLABLE else {"confirm"}
    tried_in_vain = letter == "pending" and attempts > 0
    if state == "sending" and letter not in STUCK and not tried_in_vain:
        refused.add("send_again")
    return [a for a in order if (state, a) in REQUEST and a not in refused]


def number_of(choose: Callable[[str], str]) -> str:
    """`R-7K3M9Q2X`: for the letter, read aloud on the phone and found again."""
    return "R-" + "".join(choose(ALPHABET) for _ in range(8))


def why_not(release: Consent, *, today: dt.date) -> str:
    """ "" when a release may be used today, else the sentence why not."""
    if release.kind != Consent.Kind.RELEASE:
        return "That consent is no release of records."
    if release.ended_at:
        return "This release was withdrawn. Ask for a new one."
    if release.signed_on > today:
        return "This release is dated in the future. Correct its date, or ask for a new one."
    if release.expires_on and release.expires_on < today:
        return "This release has expired. Ask for a new one."
    return ""


# “All Saints Hospital” is a name; “any provider who treated me” is not.
ANYBODY = re.compile(
    r"(any|all|every|each)( of)?( my| other| medical| health care| healthcare| treating)* "
    r"(provider|clinic|doctor|physician|practice|hospital|therapist|facility|facilitie)s?\b"
    r"|(anybody|anyone|everybody|everyone)\b"
)


def names(release: Consent, source: str) -> bool:
    """Is it for anybody who treated the patient, or does it name this source?"""
    party, asked = f" {_plain(release.party)} ", f" {_plain(source)} "
    return for_anybody(release) or asked in party or party in asked  # whole words


def for_anybody(release: Consent) -> bool:
    """It names nobody, or says “Any provider who treated me”, “All clinics”."""
    party = _plain(release.party)
    return not party or ANYBODY.match(party) is not None


def pick(releases: Iterable[Consent], *, source: str, today: dt.date) -> Consent | None:
    """The release to send with: one that names the source before one for all, then the newest.

    What a release covers is words on paper; a person reads them on the request's page.
    """
    usable = [r for r in releases if not why_not(r, today=today) and names(r, source)]
    return max(usable, key=lambda r: (not for_anybody(r), r.signed_on), default=None)


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


@dataclass(frozen=True)
class Way:
    """One channel to a source: may it be used, and if not, why and what then."""

    channel: str
    address: str
    problem: str = ""


def ways(source: OutsideProvider, *, configured: Sequence[str]) -> list[Way]:
    """Every channel in the order it is offered: the preferred one first, what cannot be used last.

    E-mail carries a request only to an address the directory marks as secure.
    """
    found = [
        Way("fax", source.fax, _fax_problem(source, configured)),
        Way("email", source.email, _email_problem(source)),
        Way("print", source.address),
    ]
    return sorted(found, key=lambda way: (bool(way.problem), way.channel != source.preferred))


def _fax_problem(source: OutsideProvider, configured: Sequence[str]) -> str:
    if not source.fax:
        return "The directory has no fax number for them."
    return "" if "fax" in configured else "No fax gateway is set up here. Print and fax by hand."


def _email_problem(source: OutsideProvider) -> str:
    if not source.email:
        return "The directory has no e-mail address for them."
    if not source.email_secure:
        return "Their address is not marked as secure e-mail. Fax or print."
    return ""
