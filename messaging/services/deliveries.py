"""The outbox: write a row, claim it, hand it over, say what became of it.

`handing` is committed before the message body is sent: a kill leaves `uncertain` (shown, never
silently sent again) or `pending` (sent again), never both. Leases run by the database's clock.
"""

import datetime as dt
import logging
import threading
import uuid
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from core.accounts.models import User
from core.audit.services import record
from core.events.services import emit
from core.lib.errors import Refused
from core.people.models import Clinic, Patient
from messaging.channels import AT_ONCE, CHANNELS, PRINT, WORDS, Refusal, configured
from messaging.envelopes import envelope
from messaging.models import Delivery, WorkItem
from messaging.rules import DELIVERY, GIVE_UP, backoff
from messaging.services.wanted import still_wanted
from messaging.services.work import open_item
from messaging.subjects import subject_of

log = logging.getLogger(__name__)

CLAIM = """
UPDATE messaging_delivery SET state = 'claimed', lease_token = %s, attempts = attempts + 1,
       version = version + 1,
       lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = (SELECT id FROM messaging_delivery
              WHERE state = 'pending' AND next_attempt_at <= clock_timestamp()
                AND channel = ANY(%s)
              ORDER BY next_attempt_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING id
"""
AT_WORK = """
SELECT channel, count(*) FROM messaging_delivery
 WHERE state IN ('claimed', 'handing') AND channel = ANY(%s) GROUP BY channel
"""
REAP = """
UPDATE messaging_delivery AS d
   SET state = next.state, version = d.version + 1,
       settled_at = CASE next.state WHEN 'pending' THEN NULL ELSE clock_timestamp() END,
       last_error = CASE next.state
         WHEN 'uncertain' THEN 'The worker stopped while handing it over. It may have arrived.'
         WHEN 'dead' THEN 'It stopped its worker again and again, or for a day.'
         ELSE 'The worker stopped before handing it over. It is sent again.' END,
       lease_token = NULL, lease_until = NULL
  FROM (SELECT id, CASE WHEN state = 'handing' THEN 'uncertain'
                        WHEN attempts >= %s THEN 'dead'
                        WHEN COALESCE(acted_at, created_at)
                             < clock_timestamp() - make_interval(secs => %s) THEN 'dead'
                        ELSE 'pending' END AS state
          FROM messaging_delivery
         WHERE state IN ('claimed', 'handing') AND lease_until < clock_timestamp()
           FOR UPDATE SKIP LOCKED) AS next
 WHERE d.id = next.id
RETURNING d.id, d.state
"""


@dataclass(frozen=True)
class To:
    """The recipient: exactly one of somebody with an account, a patient, or a name outside.

    `address` outside: an e-mail address or a number in E.164; may be missing for channel print.
    """

    user: User | None = None
    patient: Patient | None = None
    name: str = ""
    address: str = ""


def nudge(  # noqa: PLR0913 - one row, its columns
    *,
    user: User,
    clinic: Clinic,
    template: str,
    path: str,
    item: WorkItem | None,
    key: str,
    now: dt.datetime,
    channel: str = "email",
) -> Delivery:
    """`queue` to a member of staff, or about somebody's own account."""
    return queue(to=To(user=user), clinic=clinic, channel=channel, template=template, path=path,
                 item=item, key=key, now=now)  # fmt: skip


def queue(  # noqa: PLR0913 - one row, its columns
    *,
    to: To,
    clinic: Clinic,
    channel: str,
    template: str,
    key: str,
    now: dt.datetime,
    path: str = "/",
    item: WorkItem | None = None,
    subject_id: uuid.UUID | None = None,
    document_id: uuid.UUID | None = None,
) -> Delivery:
    """An outbox row beside the change; the same key is one row. The doorbell rings after commit.

    Channel print waits for a person. Raises Refused for a channel that is not set up here.
    """
    if not configured(channel):
        raise Refused(f"{WORDS.get(channel, channel)} is not set up at this clinic. Print instead.")
    by_hand = channel == PRINT
    row, fresh = Delivery.objects.get_or_create(
        dedupe_key=key,
        defaults={
            "clinic": clinic,
            "channel": channel,
            "template": template,
            "path": path,
            "user": to.user,
            "patient": to.patient,
            "to_name": to.name[:160],
            "to_address": to.address[:254],
            "subject_id": subject_id,
            "document_id": document_id,
            "item": item,
            "state": Delivery.State.WAITING if by_hand else Delivery.State.PENDING,
            "created_at": now,
            "next_attempt_at": Now(),  # claimed by the same clock, whatever this machine's says
        },
    )
    if fresh and not by_hand:
        transaction.on_commit(ring)
    return row


_bell = threading.Lock()


def ring() -> None:
    """Wake a worker without making the page wait: a frozen broker costs the request nothing.

    One ring at a time is enough: whoever wakes delivers all that is due. The tick is the net.
    """
    if _bell.acquire(blocking=False):
        threading.Thread(target=_ring, daemon=True).start()


def _ring() -> None:
    try:
        current_app.send_task("messaging.tasks.deliver", retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever the broker does, the outbox row is there
        log.warning("doorbell failed", extra={"error": type(error).__name__})
    finally:
        _bell.release()


@dataclass(frozen=True)
class Held:
    """A claimed delivery: only the holder of the token may move it."""

    row: Delivery
    token: uuid.UUID


def claim() -> Held | None:
    """Take the next due delivery, e-mail first; committed before any network."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        for channels in (["email"], free_channels()):
            cursor.execute(CLAIM, [token, settings.DELIVERY_LEASE_SECONDS, channels])
            found = cursor.fetchone()
            if found:
                rows = Delivery.objects.select_related("user", "patient", "item", "clinic")
                return Held(rows.get(pk=found[0]), token)
    return None


def free_channels() -> list[str]:
    """Beside e-mail: those that have fewer in hands than may leave at once."""
    others = [name for name in CHANNELS if name != "email"]
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK, [others])
        busy = dict(cursor.fetchall())
    return [n for n in others if (most := AT_ONCE[n]) is None or busy.get(n, 0) < most]


def move(
    held: Held, action: str, *, now: dt.datetime, error: str = "", reference: str = ""
) -> bool:
    """One step of the state table by conditional update. False = somebody else has the lease."""
    sources = [s for (s, a) in DELIVERY if a == action]
    target = {DELIVERY[(s, action)] for s in sources}.pop()
    changes: dict[str, object] = {
        "state": target,
        "last_error": error[:200],
        "version": F("version") + 1,  # who looks at the page knows that it moved meanwhile
    }
    if target == Delivery.State.HANDING:  # connecting may have used up the lease
        lease = dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
        changes["lease_until"] = Now() + lease
    else:
        changes |= {"lease_token": None, "lease_until": None}
    if target in {"sent", "uncertain", "dead", "cancelled"}:
        changes["settled_at"] = now
    if target == Delivery.State.PENDING:
        pause = backoff(held.row.attempts, settings.DELIVERY_BACKOFF_SECONDS)
        changes["next_attempt_at"] = Now() + pause  # claimed by the same clock
    if reference:
        changes["reference"] = reference[:120]
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=held.row.pk, lease_token=held.token, state__in=sources)
        moved = rows.update(**changes) == 1
        if moved and changes.get("settled_at"):
            tell_subject(held.row, now=now)
    return moved


def tell_subject(row: Delivery, *, now: dt.datetime) -> None:
    """Whoever asked for it hears, after this transaction, that it left, failed or was cancelled."""
    if row.subject_id:
        emit(name="messaging.delivery_settled", subject_id=row.pk, now=now, ring=True)


def deliver_one(*, now: dt.datetime) -> bool:
    """Claim and send one delivery. False when nothing is due."""
    held = claim()
    if held is None:
        return False
    unwanted = still_wanted(held.row, now=now)
    if unwanted:
        move(held, "cancel", now=now, error=unwanted)
        return True
    handed = False

    def before_body() -> bool:
        nonlocal handed
        handed = move(held, "hand", now=now)
        return handed

    try:
        reference = CHANNELS[held.row.channel](envelope(held.row), before_body)
    except Refusal as refusal:
        _refused(held, refusal, handed=handed, now=now)
    except Exception as error:  # noqa: BLE001 - network, mail server, our own template: all end in a state
        log.warning(
            "delivery failed",
            extra={"delivery_id": str(held.row.pk), "error": type(error).__name__},
        )
        if handed:
            move(
                held,
                "lose_track",
                now=now,
                error=f"{type(error).__name__} while handing over. It may have arrived.",
            )
        else:
            _refused(held, Refusal(type(error).__name__, final=False), handed=False, now=now)
    else:
        if handed:
            move(held, "settle", now=now, reference=reference or "")
    return True


def _refused(held: Held, refusal: Refusal, *, handed: bool, now: dt.datetime) -> None:
    """The other side said no: try later, or give up with a work item for a person."""
    begun = held.row.acted_at or held.row.created_at  # a person's retry starts the day anew
    worn_out = held.row.attempts >= settings.DELIVERY_MOST_ATTEMPTS or now - begun >= GIVE_UP
    if refusal.final or worn_out:
        with transaction.atomic():
            if move(held, "give_up", now=now, error=str(refusal)):
                _dead_item(held.row, now)
        return
    move(held, "refuse_for_now" if handed else "release", now=now, error=str(refusal))


def _dead_item(row: Delivery, now: dt.datetime) -> None:
    open_item(
        kind="delivery_dead",
        subject_id=row.pk,
        clinic=row.clinic,
        patient=patient_of(row),
        reason=f"{WORDS.get(row.channel, row.channel)} to {row.recipient} could not be delivered",
        by=None,
        now=now,
    )


def patient_of(row: Delivery) -> Patient | None:
    """Whom it goes to, or is about."""
    if row.patient or row.item:
        return row.patient or (row.item.patient if row.item else None)
    about = subject_of(row)
    patient_id = about.about(row) if about else None
    return Patient.objects.filter(pk=patient_id).first() if patient_id else None


def reap(*, now: dt.datetime) -> int:
    """Leases that ran out: while handing = uncertain; before = pending again, or given up."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(REAP, [settings.DELIVERY_MOST_ATTEMPTS, GIVE_UP.total_seconds()])
            rows = cursor.fetchall()
        dead = {pk for pk, state in rows if state == Delivery.State.DEAD}
        told = Delivery.objects.filter(pk__in=[pk for pk, state in rows if state != "pending"])
        for row in told.select_related("clinic", "user", "patient", "item"):
            tell_subject(row, now=now)
            if row.pk in dead:
                _dead_item(row, now)
    return len(rows)


@transaction.atomic
def hold_outbox(*, now: dt.datetime) -> int:
    """After a restore: what the backup still had to send may have left since. A person decides.

    Every row, for the database was empty before; in a worker's hands then = uncertain.
    """
    old = Delivery.objects.all()
    free = {"lease_token": None, "lease_until": None, "version": F("version") + 1}
    lost = old.filter(state=Delivery.State.HANDING).update(
        state=DELIVERY[("handing", "lose_track")],
        last_error="The backup was made while it was handed over. It may have arrived.",
        settled_at=now,
        **free,
    )
    held = old.filter(state__in=[s for (s, a) in DELIVERY if a == "hold"]).update(
        state=Delivery.State.HELD,
        last_error="It comes from a backup. It may have left since.",
        **free,
    )
    record(
        by=None,
        action="hold_outbox",
        object_kind="outbox",
        now=now,
        reason=f"Restored from a backup: {held} held, {lost} uncertain",
    )
    return held + lost
