"""What a seal is made of: the row's digest and the seal's hash, as SQL. Format 1.

Explicit and canonical: named columns in a fixed order, each as its length and its bytes, NULL as
`-`; instants as microseconds, arrays as JSON, so that no session setting (TimeZone, DateStyle, …)
changes a digest and no two rows share one. A change of columns is a new format beside this one.
"""

FORMAT = 1
START = "0" * 64  # what the first seal names as its predecessor

# column → its canonical text; `e` is the audit row
COLUMNS = {
    "id": "e.id::text",
    "at": "(extract(epoch FROM e.at) * 1000000)::bigint::text",
    "actor_id": "e.actor_id::text",
    "actor_roles": "array_to_json(e.actor_roles)::text",
    "patient_id": "e.patient_id::text",
    "object_kind": "e.object_kind",
    "object_id": "e.object_id",
    "action": "e.action",
    "outcome": "e.outcome",
    "fields": "array_to_json(e.fields)::text",
    "reason": "e.reason",
    "grant_id": "e.grant_id::text",
    "request_id": "e.request_id",
    "session_hash": "e.session_hash",
    "source_ip": "e.source_ip::text",
}


def _counted(text: str) -> str:
    return f"coalesce(octet_length(convert_to({text}, 'UTF8')) || ':' || ({text}), '-')"


DIGEST = (
    "sha256(convert_to('1' || "
    + " || ',' || ".join(_counted(text) for text in COLUMNS.values())
    + ", 'UTF8'))"
)

# The rows of a seal, in order of their ids.
BODY = "string_agg(int8send({id}) || {digest}, ''::bytea ORDER BY {id})"

# `g` is the seal (or what is about to be one), `body` the bytes of its rows.
HASH = (
    "encode(sha256(convert_to(concat_ws('|', g.format, g.id, "
    "(extract(epoch FROM g.sealed_at) * 1000000)::bigint, g.complete::int, g.count, g.total, "
    "g.first_id, g.last_id, g.highest_id, g.settled_id, g.snapshot_xmax, g.previous), 'UTF8') "
    "|| {body}), 'hex')"
)
