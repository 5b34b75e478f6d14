"""What kind of file this is, by its content and never by its name. Pure."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

from core.lib.errors import Refused
from core.people.names import folded

DELIMITERS = ",;\t|"
LOOKED_AT = 50  # lines
NOT_TEXT = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP. Open it, save it as CSV, upload that."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Open it, save it as CSV, upload that."),
    (b"%PDF", "This is a PDF. Ask the sender for CSV or FHIR."),
    (b"\x1f\x8b", "This is packed (gzip). Unpack it and upload what is in it."),
)


@dataclass(frozen=True)
class Sniffed:
    """`form` csv or fhir; for a table its delimiter, header cells and their fingerprint."""

    form: str
    encoding: str
    delimiter: str = ""
    headers: tuple[str, ...] = ()
    signature: str = ""


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding): UTF-8, with its mark or without, UTF-16, else cp1252. Raises Refused."""
    for start, sentence in NOT_TEXT:
        if content.startswith(start):
            raise Refused(sentence)
    if not content.strip():
        raise Refused("The file is empty.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    elif content[1:2] == b"\x00":
        tries = ["utf-16-le"]
    elif content[:1] == b"\x00":
        tries = ["utf-16-be"]
    else:
        tries = ["utf-8-sig", "cp1252"]
    for encoding in tries:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        plain = encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf")
        return text, "utf-8" if plain else encoding
    raise Refused("This is not a text file. Export it as CSV (UTF-8) or as FHIR, upload that.")


def sniff(content: bytes) -> Sniffed:
    """What it is. Raises Refused with what to do instead."""
    text, encoding = decoded(content)
    if text.lstrip()[:1] in {"{", "["}:
        return Sniffed("fhir", encoding)
    delimiter = delimiter_of(text)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        headers = tuple(cell.strip() for cell in next(lines))
    except (StopIteration, csv.Error) as error:
        raise Refused("The first line cannot be read as a line of headers.") from error
    if len(headers) < 2:
        raise Refused(
            "This is no table: its first line has one column. Export it as CSV with a line of "
            "headers, or as FHIR."
        )
    return Sniffed("csv", encoding, delimiter, headers, signature_of(headers))


def delimiter_of(text: str) -> str:
    """The one that cuts the first lines into the most columns alike."""
    head = text.splitlines()[:LOOKED_AT]

    def columns(mark: str) -> tuple[int, int]:
        try:
            counts = [len(row) for row in csv.reader(head, delimiter=mark) if row]
        except csv.Error:
            return (0, 0)
        alike = sum(count == counts[0] for count in counts) if counts else 0
        return (counts[0] if counts and alike * 2 > len(counts) else 1, alike)

    return max(DELIMITERS, key=columns)


def signature_of(headers: tuple[str, ...]) -> str:
    """The same header line has the same fingerprint, whatever its capitals and blanks."""
    return hashlib.sha256("\x1f".join(folded(h) for h in headers).encode()).hexdigest()


def json_of(text: str) -> Any:
    """The document, or the list of documents of an NDJSON file. Raises Refused: where it breaks."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as whole:
        found = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError as error:
                where = number if found else whole.lineno
                raise Refused(f"The file breaks off or is damaged at line {where}.") from error
        return found
    except RecursionError as error:
        raise Refused("The file is nested too deeply to be a FHIR bundle.") from error
