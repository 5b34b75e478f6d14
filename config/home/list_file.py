"""What a list that leaves as a file declares: see lists.py and docs/recipes/a-list-as-csv.md."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.accounts.models import User
from core.accounts.permissions import Perm

MOST = 50_000  # rows of a file
Line = tuple[uuid.UUID | None, tuple[object, ...]]  # (whose chart it is about, cells)


@dataclass(frozen=True)
class ListFile:
    """`rows(viewer, asked, now, limit)`; `asked` = the filters the page was shown with."""

    title: str
    perm: Perm  # that of the list's page
    filters: tuple[str, ...]  # names of fields; their values stand on the trail unless `quiet`
    header: tuple[str, ...]
    rows: Callable[[User, Mapping[str, str], dt.datetime, int], Iterable[Line]]
    quiet: bool = False  # what is searched for may name somebody
