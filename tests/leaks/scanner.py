"""Finds seeded words in bytes, however they were written down.

A hit is a token in any case of letters, url-encoded, JSON- or HTML-escaped, in UTF-16, base64 at
each of its offsets, base32, hex, or split by the line wraps of mail and logs.
"""

import base64
import html
import re
import urllib.parse
from collections.abc import Iterable

ESCAPED = re.compile(rb"\\+u([0-9a-fA-F]{4})")
WRAP = re.compile(rb"=?\\?[\r\n]+[ \t]*|\\+[rn]")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def unescaped(text: bytes) -> bytes:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "replace"), text)


def decoded(blob: bytes) -> bytes:
    """What the base64 runs in it say, at each offset a run may have begun with."""
    said = []
    for run in BASE64.findall(blob.replace(b"\\n", b"").replace(b"\n", b"")):
        plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(min(4, len(plain))):
            part = plain[start:]
            said.append(base64.b64decode(part[: len(part) // 4 * 4]))
    return b"\0".join(said)


def readings(blob: bytes) -> Iterable[bytes]:
    """The blob as it can be read, lower case."""
    plain = urllib.parse.unquote_to_bytes(blob.replace(b"+", b" "))
    escaped = html.unescape(unescaped(plain).decode("utf-8", "replace")).encode()
    wrapped = WRAP.sub(b"", blob)
    narrow = blob.replace(b"\0", b"")  # UTF-16, as browsers keep what was typed
    for text in (blob, plain, escaped, wrapped, narrow, decoded(wrapped)):
        yield text.lower()


def spellings(token: str) -> set[bytes]:
    """How a token is written: as typed, and a number or date the ways we show them."""
    said = {token}
    if token.isdigit() and len(token) == 10:  # a phone number
        area, head, tail = token[:3], token[3:6], token[6:]
        said |= {f"{area} {head} {tail}", f"{area}-{head}-{tail}", f"({area}) {head}-{tail}"}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", token):
        year, month, day = token.split("-")
        said |= {f"{month}/{day}/{year}", f"{int(month)}/{int(day)}/{year}"}
    said |= {base64.b32encode(token.encode()).decode(), token.encode().hex()}
    return {text.lower().encode() for text in said}


class Scanner:
    """`scanner.look("web log", blob)` notes every hit; `searched` counts bytes a place."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.spelt = {token: spellings(token) for token in tokens}
        self.hits: list[tuple[str, str, str]] = []
        self.searched: dict[str, int] = {}

    def found(self, blob: bytes, but: Iterable[str] = ()) -> dict[str, str]:
        """{token: what stands around it}; `but` = tokens that belong there."""
        skip, seen = set(but), {}
        for text in readings(blob):
            for token, ways in self.spelt.items():
                if token in skip or token in seen:
                    continue
                for way in ways:
                    if (at := text.find(way)) >= 0:
                        around = text[max(0, at - 90) : at + len(way) + 30]
                        seen[token] = around.decode("utf-8", "replace")
                        break
        return seen

    def look(self, place: str, blob: bytes | str, but: Iterable[str] = ()) -> None:
        blob = blob.encode("utf-8", "surrogatepass") if isinstance(blob, str) else blob
        self.searched[place] = self.searched.get(place, 0) + len(blob)
        self.hits += [(place, *hit) for hit in self.found(blob, but).items()]

    def table(self) -> str:
        lines = [f"  {place}: {size:,} bytes" for place, size in self.searched.items()]
        told = {token for _, token, _ in self.hits}
        return "\n".join([f"Leak scan: {len(told)} of {len(self.spelt)} tokens found.", *lines])
