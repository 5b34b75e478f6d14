"""Lists as CSV that opens safely in a spreadsheet: no cell of ours is ever a formula.

UTF-8 with the mark Excel looks for, every cell quoted, instants in UTC as ISO 8601. A text that a
spreadsheet would run gets a leading apostrophe; numbers stay numbers.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

MARK = "\ufeff"
# What starts a formula, in half and full width, and what a spreadsheet drops before it.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """One value as text that is shown, never run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


class _Line:
    """What csv writes to: hands the line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The file line by line, so that a long list needs no memory."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield MARK + str(writer.writerow([cell(name) for name in header]))
    for row in rows:
        yield str(writer.writerow([cell(value) for value in row]))
