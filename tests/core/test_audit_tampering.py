"""A superuser with triggers disabled changes the trail at random: the check names what was done."""

import os
import random
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from core.audit import chain
from core.audit.anchors import Anchor
from core.audit.models import AuditEvent, AuditSeal
from core.audit.seals import head, seal
from core.audit.verifying import verify
from tests.factories.trail import after, fill, run

pytestmark = pytest.mark.django_db
TAMPERINGS = 500 if os.environ.get("HALLWAY_DEEP") else 150
ROWS, PER_SEAL = 2_400, 80
EVENT, SEALED, SEAL = "audit_auditevent", "audit_auditsealed", "audit_auditseal"
CHANGED = {
    "at": "at + interval '1 microsecond'", "actor_id": "gen_random_uuid()",
    "actor_roles": "actor_roles || '{manager}'", "patient_id": "gen_random_uuid()",
    "object_kind": "object_kind || 'x'", "object_id": "object_id || '1'", "action": "'nothing'",
    "outcome": "CASE outcome WHEN 'done' THEN 'refused' ELSE 'done' END",
    "fields": "fields || '{x}'", "reason": "reason || ' '", "grant_id": "gen_random_uuid()",
    "request_id": "'none'", "session_hash": "md5(session_hash)", "source_ip": "'198.51.100.7'",
}  # fmt: skip
OF_A_SEAL = {
    "sealed_at": "sealed_at + interval '1 year'", "complete": "NOT complete", "count": "count + 1",
    "total": "total + 1", "first_id": "first_id + 1", "last_id": "last_id - 1",
    "highest_id": "highest_id + 1", "settled_id": "settled_id + 1", "format": "2",
    "snapshot_xmax": "snapshot_xmax + 1", "previous": "repeat('e', 64)", "hash": "repeat('f', 64)",
}  # fmt: skip
Told = tuple[str | None, int | None]  # (kind, id) where it can be known


def values(pk: int) -> dict[str, object]:
    return AuditEvent.objects.filter(pk=pk).values().get()


def edit(dice: random.Random, ids: list[int]) -> Told:
    pk, column = dice.choice(ids), dice.choice(sorted(CHANGED))
    run(f"UPDATE {EVENT} SET {column} = {CHANGED[column]} WHERE id = %s", pk)
    return "row_changed", pk


def delete(dice: random.Random, ids: list[int]) -> Told:
    gone = sorted(dice.sample(ids, dice.choice([1, 1, 3])))
    run(f"DELETE FROM {EVENT} WHERE id = ANY(%s)", gone)
    return "row_missing", gone[0]


def insert(dice: random.Random, ids: list[int]) -> Told:
    """History is made up: a copy of a row, older than what was sealed before it."""
    row = values(dice.choice(ids[: ROWS // 2]))
    row["id"] = dice.choice([ids[-1] + dice.randint(1, 10**12), ids[0] - dice.randint(1, 50)])
    AuditEvent.objects.create(**row)
    return "row_slipped_in", int(row["id"])


def swap_contents(dice: random.Random, ids: list[int]) -> Told:
    one, two = sorted(dice.sample(ids, 2))
    first, second = values(one), values(two)
    for pk, other in ((one, second), (two, first)):
        AuditEvent.objects.filter(pk=pk).update(**{k: v for k, v in other.items() if k != "id"})
    return "row_changed", one


def swap_ids(dice: random.Random, ids: list[int]) -> Told:
    one, two = sorted(dice.sample(ids, 2))
    for now, then in ((one, -1), (two, one), (-1, two)):
        run(f"UPDATE {EVENT} SET id = %s WHERE id = %s", then, now)
    return "row_changed", one


def cut_rows(dice: random.Random, ids: list[int]) -> Told:
    first = dice.choice(ids)
    run(f"DELETE FROM {EVENT} WHERE id >= %s", first)
    return "row_missing", first


def cut_everything(dice: random.Random, ids: list[int]) -> Told:
    """Rows, their digests and the seals from one on: the chain that is left is whole."""
    last = dice.randint(0, AuditSeal.objects.count() - 1)
    run(f"DELETE FROM {EVENT} WHERE id IN (SELECT event_id FROM {SEALED} WHERE seal_id > %s)", last)
    run(f"DELETE FROM {SEALED} WHERE seal_id > %s", last)
    run(f"DELETE FROM {SEAL} WHERE id > %s", last)
    return "tail_cut", AuditSeal.objects.count() or None


def edit_seal(dice: random.Random, ids: list[int]) -> Told:
    number, column = dice.randint(1, ROWS // PER_SEAL), dice.choice(sorted(OF_A_SEAL))
    run(f"UPDATE {SEAL} SET {column} = {OF_A_SEAL[column]} WHERE id = %s", number)
    return ("chain_broken" if column == "previous" else "seal_changed"), number


def delete_seal(dice: random.Random, ids: list[int]) -> Told:
    number = dice.randint(1, ROWS // PER_SEAL)
    run(f"DELETE FROM {SEAL} WHERE id = %s", number)
    return "seal_missing", number


def edit_digest(dice: random.Random, ids: list[int]) -> Told:
    pk = dice.choice(ids)
    run(f"UPDATE {SEALED} SET digest = sha256('x') WHERE event_id = %s", pk)
    return "row_changed", pk


def forget_row(dice: random.Random, ids: list[int]) -> Told:
    """The row and its digest: only the seal still knows that it was there."""
    pk = dice.choice(ids)
    run(f"DELETE FROM {EVENT} WHERE id = %s", pk)
    run(f"DELETE FROM {SEALED} WHERE event_id = %s", pk)
    return "seal_changed", (ids.index(pk) // PER_SEAL) + 1


def move_row(dice: random.Random, ids: list[int]) -> Told:
    """A row's digest is filed under another seal."""
    pk = dice.choice(ids)
    own = (ids.index(pk) // PER_SEAL) + 1
    other = own % (ROWS // PER_SEAL) + 1
    run(f"UPDATE {SEALED} SET seal_id = %s WHERE event_id = %s", other, pk)
    return "seal_changed", min(own, other)


def write_anew(dice: random.Random, ids: list[int]) -> Told:
    """A row, its digest, its seal and all later seals are computed again: only anchors know."""
    pk = dice.choice(ids)
    run(f"UPDATE {EVENT} SET action = 'nothing' WHERE id = %s", pk)
    run(f"UPDATE {SEALED} s SET digest = {chain.DIGEST} FROM {EVENT} e"
        " WHERE e.id = s.event_id AND e.id = %s", pk)  # fmt: skip
    body = chain.BODY.format(id="s.event_id", digest="s.digest")
    body = f"(SELECT {body} FROM {SEALED} s WHERE s.seal_id = g.id)"
    for number in range((ids.index(pk) // PER_SEAL) + 1, ROWS // PER_SEAL + 1):
        run(f"UPDATE {SEAL} g SET previous = coalesce((SELECT p.hash FROM {SEAL} p"
            " WHERE p.id = g.id - 1), g.previous) WHERE g.id = %s", number)  # fmt: skip
        run(f"UPDATE {SEAL} g SET hash = {chain.HASH.format(body=body)} WHERE g.id = %s", number)
    return "chain_rewritten", None


WAYS: tuple[Callable[[random.Random, list[int]], Told], ...] = (
    edit, edit, edit, delete, insert, swap_contents, swap_ids, cut_rows, cut_everything,
    edit_seal, edit_seal, delete_seal, edit_digest, forget_row, move_row, write_anew,
)  # fmt: skip


@pytest.fixture
def trail(cast) -> tuple[list[int], list[Anchor]]:
    """2,400 sealed rows in 30 seals and the anchors of seals 10, 20 and 30."""
    anchors = []
    run("SET LOCAL session_replication_role = replica")  # as a superuser may
    run(f"DELETE FROM {EVENT}")  # the cast's own
    for number in range(ROWS // PER_SEAL):
        fill(cast, PER_SEAL, first=after(60 * 24 * number))
        assert seal(now=after(60 * 24 * number + 5)) == PER_SEAL
        if number % 10 == 9:
            known = head()
            anchors.append(Anchor(known["seal"], known["hash"], known["count"], at="then"))
    return list(AuditEvent.objects.order_by("id").values_list("pk", flat=True)), anchors


@pytest.mark.timeout(300)
def test_random_tamperings_are_all_found_and_named(trail, capsys):
    ids, anchors = trail
    assert verify(anchors=anchors).is_whole and len(ids) == ROWS
    seed = int(os.environ.get("HALLWAY_SEED", "20261124"))
    dice = random.Random(seed)
    missed: list[str] = []
    for number in range(TAMPERINGS):
        way = WAYS[number % len(WAYS)]
        hold = transaction.savepoint()
        kind, pk = way(dice, ids)
        report = verify(anchors=anchors)
        transaction.savepoint_rollback(hold)
        told = report.findings[0] if report.findings else None
        if told is None or told.kind != kind or (kind != "tail_cut" and pk and told.id != pk):
            missed.append(f"{number} {way.__name__}: expected {kind} {pk}, told {told}")
    assert not missed, f"seed {seed}\n" + "\n".join(missed)
    assert verify(anchors=anchors).is_whole  # every savepoint was rolled back
    with capsys.disabled():
        print(f"\naudit: {TAMPERINGS - len(missed)} of {TAMPERINGS} tamperings found (seed {seed})")  # noqa: T201


def test_a_cut_tail_is_found_by_the_anchors_alone(trail):
    ids, anchors = trail
    cut_everything(random.Random(1), ids)
    assert verify().is_whole and not verify(anchors=anchors).is_whole
    assert connection.in_atomic_block
