"""The one door of every list as a file: why, who it is, and on the trail before it leaves."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST

from config.home.list_file import MOST
from config.home.lists import LISTS
from core.accounts.access import check, requires
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.services import record, record_list
from core.lib import csv_file
from core.lib.clock import now
from core.lib.errors import NotFound, Refused
from core.people.http import StaffRequest
from core.work.limits import limited

REASON = 10  # characters


def reason_of(request: StaffRequest) -> str:
    """Why a file is needed. Raises Refused without a reason."""
    reason = request.POST.get("reason", "").strip()[:500]
    if len(reason) < REASON:
        raise Refused("Say why this file is needed, in a few words (10 characters or more).")
    return reason


def in_bounds(count: int) -> int:
    """Raises Refused for a file of more rows than anybody reads."""
    if count > MOST:
        raise Refused(f"This would be more than {MOST:,} rows. Narrow the list and try again.")
    return count


def csv_answer(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]], at: dt.datetime
) -> HttpResponse:
    """The file, line by line. `name` is seen in file lists: it names nobody."""
    body = csv_file.lines(header, rows)
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{at:%Y-%m-%d}.csv"'
    return cast(HttpResponse, response)  # the gates pass on what streams as well


def note(
    by: User, kind: str, *, reason: str, fields: list[str], about: Iterable[uuid.UUID],
    now: dt.datetime,
) -> None:  # fmt: skip
    """What left, how much of it and why; and on each chart's trail that it was in it."""
    record(by=by, action="export", object_kind=kind, fields=fields, reason=reason, now=now)
    record_list(by=by, action="export", object_kind=kind, patient_ids=sorted(set(about)), now=now)


@requires(Perm.LIST_EXPORT, reauth=True)
@require_POST
@limited("export", 10, per=600)
def list_file(request: StaffRequest, name: str) -> HttpResponse:
    """The list as filtered on its page. Who may not open the page gets no file of it."""
    at, listed = now(), LISTS.get(name)
    if listed is None:
        raise NotFound("There is no such list.")
    check(request.user, listed.perm, route="home:list_file")
    reason = reason_of(request)
    asked = {key: request.POST.get(key, "").strip()[:120] for key in listed.filters}
    rows = list(listed.rows(request.user, asked, at, MOST + 1))
    count = in_bounds(len(rows))
    said = [f"{k}={'…' if listed.quiet else v}"[:60] for k, v in asked.items() if v]
    note(request.user, f"list:{name}", reason=reason, fields=[f"rows={count}", *said],
         about=[pk for pk, _ in rows if pk], now=at)  # fmt: skip
    return csv_answer(name, listed.header, [cells for _, cells in rows], at)
