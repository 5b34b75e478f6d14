"""What can happen to an import, and how much it may hold. Pure."""

import datetime as dt

from core.lib.states import Transitions

IMPORT: Transitions = {
    ("uploaded", "check"): "checked",
    ("checked", "check"): "checked",
    ("checked", "commit"): "committed",
    ("uploaded", "discard"): "discarded",
    ("checked", "discard"): "discarded",
    ("committed", "undo"): "undone",
}
UNDO = dt.timedelta(hours=24)
MOST_BYTES = 25 * 1024 * 1024
MOST_ROWS = 20_000
