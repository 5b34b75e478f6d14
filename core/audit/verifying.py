"""Recompute the chain and name the first thing that is not as it was sealed.

Three passes over one snapshot, in batches computed by PostgreSQL: seals (numbered without gaps,
each naming the hash before it, each hash right), rows against their digests, anchors kept outside.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from core.audit import chain
from core.audit.anchors import Anchor, that_count
from core.audit.models import AuditEvent, AuditSeal, AuditSealed

SEALS, ROWS = 200, 20_000  # a batch
# An insert that claims to be older than the last complete seal by more than this was slipped in.
LATE = "interval '1 hour'"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """`kind` of tampering, the `id` of the row or seal, and a sentence."""

    kind: str
    id: int
    sentence: str


@dataclass
class Report:
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    oldest_unsealed: dt.datetime | None = None
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.findings


def verify(*, anchors: Sequence[Anchor] = (), progress: Progress = lambda done, of: None) -> Report:
    """Everything against everything; `findings[0]` is the first bad row, else seal, else anchor."""
    counted = that_count(list(anchors))
    report = Report(anchors=len(counted))
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:  # rows and seals of one moment, although the tick goes on sealing
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        seal = _seals(report)
        _rows(report, progress, seals_hold=seal is None)
        report.findings += [seal] if seal else []
        report.findings += _anchors(counted)
    return report


# --- seals --------------------------------------------------------------------------------------
SEALS_SQL = f"""
SELECT g.id, g.previous, g.hash, {chain.HASH.format(body="coalesce(b.body, '')")},
       b.n IS NOT DISTINCT FROM g.count AND b.first IS NOT DISTINCT FROM g.first_id
       AND b.last IS NOT DISTINCT FROM g.last_id
FROM audit_auditseal g CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(s.event_id) AS first, max(s.event_id) AS last,
           {chain.BODY.format(id="s.event_id", digest="s.digest")} AS body
    FROM audit_auditsealed s WHERE s.seal_id = g.id) b
WHERE g.id > %s ORDER BY g.id LIMIT {SEALS}
"""  # noqa: S608 - constants of this package only


def _seals(report: Report) -> Finding | None:
    """The first seal that is not what it was."""
    done, before = 0, chain.START
    with connection.cursor() as cursor:
        while True:
            cursor.execute(SEALS_SQL, [done])
            batch = cursor.fetchall()
            for number, previous, kept, computed, agrees in batch:
                report.seals += 1
                bad = _seal(done, before, number, previous, kept == computed and agrees)
                if bad:
                    report.seals = AuditSeal.objects.count()
                    return bad
                done, before = number, kept
            if len(batch) < SEALS:
                break
    orphan = AuditSealed.objects.filter(seal_id__gt=done).order_by("seal_id").first()
    if orphan:
        return Finding("seal_missing", done + 1, f"Seal {done + 1} is missing; its rows are there.")
    return None


def _seal(done: int, before: str, number: int, previous: str, holds: bool) -> Finding | None:  # noqa: FBT001 - what was computed
    if number != done + 1:
        return Finding("seal_missing", done + 1, f"Seal {done + 1} is missing: there is a gap.")
    if previous != before:
        words = f"Seal {number} does not continue seal {done}: one of the two was changed."
        return Finding("chain_broken", number, words)
    if not holds:
        words = f"Seal {number} was changed, or its list of rows was."
        return Finding("seal_changed", number, words)
    return None


# --- rows ---------------------------------------------------------------------------------------
ROWS_SQL = f"""
WITH e AS (SELECT * FROM audit_auditevent WHERE id > %(low)s AND id <= %(high)s),
s AS (SELECT * FROM audit_auditsealed WHERE event_id > %(low)s AND event_id <= %(high)s),
k AS (  -- when each seal of these rows was made, the complete one before it had left nothing
    SELECT d.seal_id, (SELECT c.sealed_at FROM audit_auditseal c WHERE c.id < d.seal_id
                       AND c.complete ORDER BY c.id DESC LIMIT 1) AS at
    FROM (SELECT DISTINCT seal_id FROM s) d
)
SELECT count(e.id),
       count(*) FILTER (WHERE s.event_id IS NULL),
       min(e.at) FILTER (WHERE s.event_id IS NULL),
       min(s.event_id) FILTER (WHERE e.id IS NULL),
       min(e.id) FILTER (WHERE s.digest <> {chain.DIGEST}),
       min(e.id) FILTER (WHERE
           (s.event_id IS NULL AND (e.id <= %(settled)s OR e.at < %(last)s::timestamptz - {LATE}))
           OR e.at < k.at - {LATE})
FROM e FULL JOIN s ON s.event_id = e.id LEFT JOIN k ON k.seal_id = s.seal_id
"""  # noqa: S608 - constants of this package only

WORDS = {
    "row_missing": "Row {} is missing: it was sealed and is not there any more.",
    "row_changed": "Row {} is not what was sealed: the row was changed, or its digest.",
    "row_slipped_in": "Row {} was slipped in: it is not as new as what was sealed before it.",
}


def _rows(report: Report, progress: Progress, *, seals_hold: bool) -> None:
    """Counts, and the row with the lowest id that is not as sealed."""
    low, top = _ids()
    last = AuditSeal.objects.order_by("-id").first()
    complete = AuditSeal.objects.filter(complete=True).order_by("-id").first()
    values: dict[str, Any] = {
        "settled": last.settled_id if last else 0,
        "last": complete.sealed_at if complete else None,
    }
    found: list[tuple[int, str]] = []
    of = AuditEvent.objects.count()
    while low < top:
        high = _high(low, top)
        with connection.cursor() as cursor:
            cursor.execute(ROWS_SQL, values | {"low": low, "high": high})
            rows, unsealed, oldest, missing, changed, slipped = cursor.fetchone()
        report.rows += rows
        report.unsealed += unsealed
        report.oldest_unsealed = min(filter(None, (report.oldest_unsealed, oldest)), default=None)
        if not found:
            found += [(i, k) for i, k in ((missing, "row_missing"), (changed, "row_changed")) if i]
            # Who is older than whom is known only where the seals hold.
            found += [(slipped, "row_slipped_in")] if slipped and seals_hold else []
        low = high
        progress(report.rows, of)
    if found:
        number, kind = min(found)
        report.findings.append(Finding(kind, number, WORDS[kind].format(number)))


def _high(low: int, top: int) -> int:
    """Where a batch above `low` ends: by rows, because ids may have gaps of any size."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least((SELECT id FROM audit_auditevent WHERE id > %(low)s "
            "ORDER BY id OFFSET %(step)s LIMIT 1), (SELECT event_id FROM audit_auditsealed "
            "WHERE event_id > %(low)s ORDER BY event_id OFFSET %(step)s LIMIT 1))",
            {"low": low, "step": ROWS - 1},
        )
        return int(cursor.fetchone()[0] or top)


def _ids() -> tuple[int, int]:
    """(below the lowest id, the highest id) of rows and sealed rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least((SELECT min(id) FROM audit_auditevent), "
            "(SELECT min(event_id) FROM audit_auditsealed)) - 1, "
            "greatest((SELECT max(id) FROM audit_auditevent), "
            "(SELECT max(event_id) FROM audit_auditsealed))"
        )
        low, top = cursor.fetchone()
    return (low or 0), (top or 0)


# --- anchors ------------------------------------------------------------------------------------
def _anchors(lines: Sequence[Anchor]) -> list[Finding]:
    """The first anchor the chain does not agree with."""
    wanted = {line.seal for line in lines}
    known = {s.pk: s for s in AuditSeal.objects.filter(pk__in=wanted)}
    for line in lines:
        seal = known.get(line.seal)
        when = f"The anchor of {line.at or 'the backup'}"
        if seal is None:
            top = AuditSeal.objects.order_by("-id").first()
            words = (
                f"{when} knows seal {line.seal}, the chain ends at {top.pk if top else 'nothing'}: "
                "its end was cut off."
            )
            return [Finding("tail_cut", line.seal, words)]
        if (seal.hash, seal.total) != (line.hash, line.count):
            words = f"{when} knows another seal {line.seal}: the chain was written anew."
            return [Finding("chain_rewritten", line.seal, words)]
    return []


def unsealed() -> int:
    """How many rows wait for the next seal; counts above what is settled only."""
    last = AuditSeal.objects.order_by("-id").first()
    above = AuditEvent.objects.filter(pk__gt=last.settled_id if last else 0).count()
    taken = AuditSealed.objects.filter(event_id__gt=last.settled_id if last else 0).count()
    return above - taken
