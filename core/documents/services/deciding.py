"""A quarantined document is checked, and becomes clean or rejected, or goes on waiting."""

import datetime as dt
import hashlib
import logging
import time

from django.db import transaction

from core.audit.services import record
from core.documents import checking, files, rules
from core.documents.models import Document
from core.events.services import emit
from core.lib.states import next_state

log = logging.getLogger(__name__)
ROUND_SECONDS = 20.0  # of one tick; more wait for the next


def check(*, document: Document, now: dt.datetime, data: bytes | None = None) -> Document:
    """Check one document and say on its row what came out. `data`: its bytes, while
    who sent them waits: then a slow check is left to the tick.

    Whoever decides first has decided: a document that is not quarantined any more stays as it is.
    """
    if document.state != Document.State.QUARANTINED:
        return document
    content = data if data is not None else files.read(document)
    seconds = checking.WALL_SECONDS if data is None else checking.HURRY_SECONDS
    if content is None and not files.is_lost(document):
        return document  # the disk answers badly just now: tried again by the next round
    verdict = checking.examine(content, seconds=seconds) if content else checking.rejected("lost")
    if verdict.reason == rules.WAITING["slow"] and now - document.uploaded_at > rules.GIVE_UP:
        verdict = checking.rejected("too_much")
    return _decide(document, verdict, now)


@transaction.atomic
def _decide(document: Document, verdict: checking.Verdict, now: dt.datetime) -> Document:
    row = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if row.state != Document.State.QUARANTINED:
        return row
    row.tried_at = now
    if verdict.state == Document.State.QUARANTINED:
        row.reason = verdict.reason
        # Every half minute while the scanner is away: no change of what the document is.
        row.save_without_historical_record(  # type: ignore[attr-defined]
            update_fields=["tried_at", "reason"]
        )
        return row
    was = row.stored_as
    if verdict.state == Document.State.CLEAN:
        row.state = next_state(rules.DOCUMENT, row.state, "find_clean")
        row.content_type, row.pages = verdict.content_type, verdict.pages
        row.size, row.reason = len(verdict.data), ""
        row.sha256 = hashlib.sha256(verdict.data).hexdigest()
        files.store(verdict.data, row.stored_as, files.KEPT)
    else:
        row.state = next_state(rules.DOCUMENT, row.state, "reject")
        row.reason, row.stored_as = verdict.reason, ""
    row.decided_at = now
    row.version += 1
    row.save()
    files.forget(was, files.QUARANTINE)
    record(
        by=None,
        action="find_clean" if row.state == Document.State.CLEAN else "reject",
        object_kind="document",
        object_id=row.pk,
        patient_id=row.patient_id,
        now=now,
    )
    emit(name=f"documents.{row.state}", subject_id=row.pk, now=now)
    if row.state == Document.State.REJECTED and row.subject_id:
        emit(name="documents.answer_gone", subject_id=row.subject_id, now=now)
    return row


def check_waiting(*, now: dt.datetime) -> int:
    """The tick's part: every document that waits, the longest untried first, for a while.

    One that the scanner does not answer for ends the round: it would not answer for the next.
    """
    waiting = Document.objects.filter(state=Document.State.QUARANTINED)
    tried, until = 0, time.monotonic() + ROUND_SECONDS
    first_tried = waiting.filter(tried_at=None).order_by("uploaded_at")
    for document in [*first_tried[:50], *waiting.exclude(tried_at=None).order_by("tried_at")[:50]]:
        if time.monotonic() > until:
            break
        tried += 1
        after = check(document=document, now=now)
        if after.reason in {rules.WAITING["scanner"], rules.WAITING["no_scanner"]}:
            break
    return tried
