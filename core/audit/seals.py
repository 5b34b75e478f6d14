"""Rows go in unchained; each tick seals what is committed into a chain of hashes (ADR 0019).

A chain lock held to the end of a long import would freeze every page, so inserting takes none. A
row that commits late, with an id below ones already sealed, comes in a later seal.
"""

import datetime as dt
from typing import Any

from django.db import connection, transaction

from core.audit import chain
from core.audit.anchors import Anchor
from core.audit.models import AuditSeal
from core.audit.verifying import verify

BATCH = 20_000  # rows a round; more wait for the next tick
# Between taking its id and taking its transaction number a row could be overlooked.
MARGIN = dt.timedelta(minutes=10)
LOCK = 0x48414C4C  # one sealer at a time; whoever finds it taken does nothing

# Which rows are done for good: see `settled` in ADR 0019.
SETTLED = """
    SELECT k.highest_id FROM audit_auditseal k
    WHERE k.snapshot_xmax <= (SELECT xmin FROM snap) AND k.sealed_at <= %(settled_before)s
    ORDER BY k.id DESC LIMIT 1
"""
SEAL = f"""
WITH snap AS MATERIALIZED (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax
), batch AS MATERIALIZED (
    SELECT e.id, {chain.DIGEST} AS digest FROM audit_auditevent e
    WHERE e.id > %(settled)s AND NOT EXISTS (
        SELECT 1 FROM audit_auditsealed s WHERE s.event_id = e.id AND s.event_id > %(settled)s)
    ORDER BY e.id LIMIT %(batch)s
), kept AS (
    INSERT INTO audit_auditsealed (event_id, seal_id, digest) SELECT id, %(id)s, digest FROM batch
), total AS (
    SELECT count(*) AS n, min(id) AS first, max(id) AS last,
           {chain.BODY.format(id="id", digest="digest")} AS body
    FROM batch
), g AS (
    SELECT %(id)s::bigint AS id, {chain.FORMAT} AS format, %(now)s::timestamptz AS sealed_at,
           total.n < %(batch)s AS complete, total.n AS count, %(total)s + total.n AS total,
           total.first AS first_id, total.last AS last_id,
           greatest(%(highest)s, total.last) AS highest_id,
           CASE WHEN total.n < %(batch)s THEN greatest(%(settled)s, ({SETTLED}))
                ELSE %(settled)s END AS settled_id,
           snap.xmax AS snapshot_xmax, %(previous)s::text AS previous, total.body
    FROM total, snap WHERE total.n > 0
)
INSERT INTO audit_auditseal (id, format, sealed_at, complete, count, total, first_id, last_id,
                             highest_id, settled_id, snapshot_xmax, previous, hash)
SELECT id, format, sealed_at, complete, count, total, first_id, last_id, highest_id, settled_id,
       snapshot_xmax, previous, {chain.HASH.format(body="g.body")}
FROM g RETURNING count
"""  # noqa: S608 - constants of this package only


@transaction.atomic
def seal(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Seal what is committed and not sealed yet, at most a batch. Returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = AuditSeal.objects.order_by("-id").first()
        values: dict[str, Any] = {
            "now": now,
            "batch": batch,
            "settled_before": now - MARGIN,
            "id": last.pk + 1 if last else 1,
            "settled": last.settled_id if last else 0,
            "highest": last.highest_id if last else 0,
            "total": last.total if last else 0,
            "previous": last.hash if last else chain.START,
        }
        cursor.execute(SEAL, values)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def head() -> dict[str, object] | None:
    """(seal, hash, count) of the newest seal; `count` = rows sealed up to it. None before any."""
    last = AuditSeal.objects.order_by("-id").first()
    return {"seal": last.pk, "hash": last.hash, "count": last.total} if last else None


def problems_against(known: dict[str, Any]) -> list[str]:
    """What is wrong with the chain, given a head of it that was kept elsewhere; sentences."""
    anchor = Anchor(seal=int(known["seal"]), hash=str(known["hash"]), count=int(known["count"]))
    return [finding.sentence for finding in verify(anchors=[anchor]).findings]
