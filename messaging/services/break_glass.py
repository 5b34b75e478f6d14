"""Emergency access: one chart opens to one clinician for an hour, the managers are told at once.

Opened, told and put up for review in one transaction; ended by the clock, by the person, or by a
reviewer; reviewed by somebody else within a business day.
"""

import datetime as dt
import re
import uuid
from math import ceil
from zoneinfo import ZoneInfo

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.audit.models import AuditEvent
from core.audit.services import record
from core.lib.errors import Conflict, Forbidden, Refused, TooMany
from core.people.access import may_know, may_review, posts_of
from core.people.emergency import tag
from core.people.models import AccessGrant, Clinic, Patient
from core.people.names import folded
from core.people.selectors import roster_at
from messaging.models import Thread, WorkItem
from messaging.services.deliveries import nudge
from messaging.services.threads import deliver_to, post
from messaging.services.work import close_item, open_item

MINUTES = 60
HOUR = dt.timedelta(hours=1)
BARRED = "too many tries"
TRIES = 10  # wrong details an hour and person: nobody guesses their way to a chart
LEAST_REASON, LEAST_VERDICT = 15, 10
VERDICTS = {value: label.capitalize() for value, label in AccessGrant.Verdict.choices}
NO_MATCH = (
    "No chart fits these details. Check the clinic, the number or the full name, and the date of "
    "birth. Every try is recorded."
)


class AlreadyOpen(Refused):
    """They may see this chart without breaking any glass; `patient` is where the page links to."""

    def __init__(self, patient: Patient) -> None:
        super().__init__("This chart is open to you already; there is no need for this.")
        self.patient = patient


def break_glass(
    *,
    clinic: Clinic,
    known_by: str,
    birth_date: dt.date | None,
    reason: str,
    by: User,
    now: dt.datetime,
) -> AccessGrant:
    """Open the one chart that fits; raises what is to correct (Refused), or AlreadyOpen."""
    if not by.may(Perm.BREAK_GLASS):
        raise Forbidden("Only clinicians may open a chart in an emergency. Ask one who is there.")
    words = " ".join(reason.split())
    if not says_something(words):
        raise Refused(
            f"Write why in at least {LEAST_REASON} characters, in words somebody else understands, "
            "for example “collapsed in our waiting room, need allergies and medication”."
        )
    if not known_by.strip() or birth_date is None:
        raise Refused(
            "Type the MRN or the full name, and the date of birth as 03/14/1974 or 03141974."
        )
    # Outside the transaction of the opening: a refused try stays on the trail.
    patient = _the_one(clinic, known_by, birth_date, by, now)
    return _open(patient, words, by, now)


def says_something(words: str) -> bool:
    """Words rather than keys held down: long enough, several words, more than a few letters."""
    letters = {c for c in words.casefold() if c.isalpha()}
    return len(words) >= LEAST_REASON and len(words.split()) >= 2 and len(letters) >= 6


def _the_one(
    clinic: Clinic, known_by: str, birth_date: dt.date, by: User, now: dt.datetime
) -> Patient:
    """The only chart that fits. A try that fits none is counted, one at a time per person."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        tries = _tries(by, now)
        barred = len(tries) >= TRIES
        found = [] if barred else _fitting(clinic, known_by, birth_date)
        if len(found) != 1:
            _refuse(by, now, reason=BARRED if barred else "")
    if barred:
        raise TooMany(retry_after=ceil((tries[-TRIES] + HOUR - now).total_seconds()))
    if len(found) > 1:
        raise Refused("These details fit more than one chart. Use the MRN.")
    if not found:
        raise Refused(NO_MATCH)
    if may_know(by, found[0], now=now):
        raise AlreadyOpen(found[0])
    return found[0]


def _tries(by: User, now: dt.datetime) -> list[dt.datetime]:
    """When details did not fit within the last hour; a try that was not looked at is none."""
    rows = AuditEvent.objects.filter(
        actor=by, action="break_glass", outcome="refused", at__gt=now - HOUR
    ).exclude(reason=BARRED)
    return list(rows.order_by("at").values_list("at", flat=True))


def _refuse(by: User, now: dt.datetime, *, reason: str = "") -> None:
    record(
        by=by,
        action="break_glass",
        object_kind="patient",
        now=now,
        outcome="refused",
        reason=reason,
    )


def _fitting(clinic: Clinic, known_by: str, birth_date: dt.date) -> list[Patient]:
    """Charts of a clinic with this birth date and exactly this MRN, or exactly this full name."""
    wanted = folded(known_by.replace(",", " "))
    mrn = re.sub(r"^mrn\s*", "", wanted)
    rows = Patient.objects.filter(clinic=clinic, birth_date=birth_date).select_related("clinic")
    return [
        row
        for row in rows
        if mrn == folded(row.mrn)
        or wanted
        in {
            folded(f"{row.given_name} {row.family_name}"),
            folded(f"{row.family_name} {row.given_name}"),
        }
    ]


@transaction.atomic
def _open(patient: Patient, reason: str, by: User, now: dt.datetime) -> AccessGrant:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if may_know(by, patient, now=now):  # the other half of a double click was faster
        raise AlreadyOpen(patient)
    grant = AccessGrant.objects.create(
        patient=patient,
        user=by,
        kind=AccessGrant.Kind.BREAK_GLASS,
        subject_id=uuid.uuid4(),
        reason=reason[:500],
        granted_by=by,
        starts_at=now,
        ends_at=now + dt.timedelta(minutes=MINUTES),
    )
    # What this very request writes about the patient is done under it too.
    tag({patient.pk: grant.pk})
    _audit("break_glass", grant, by, now, reason)
    item = open_item(
        kind="break_glass_review",
        subject_id=grant.pk,
        clinic=patient.clinic,
        patient=patient,
        reason=f"{by.full_name} opened this chart in an emergency",
        by=by,
        now=now,
    )
    _tell_reviewers(grant, item, by, now)
    return grant


def _audit(
    action: str, grant: AccessGrant, by: User | None, now: dt.datetime, reason: str = ""
) -> None:
    record(
        by=by,
        action=action,
        object_kind="access_grant",
        object_id=grant.pk,
        patient_id=grant.patient_id,
        now=now,
        reason=reason,
    )


def _tell_reviewers(grant: AccessGrant, item: WorkItem, by: User, now: dt.datetime) -> None:
    """In the inbox at once, and a nudge. Names no patient: the review's own page does, audited."""
    roster = roster_at(item.clinic, now=now)
    managers = [user for user in roster.managers if may_review(user, by.pk)]
    body = (
        f"{by.name_line} opened a chart of this clinic in an emergency, for {MINUTES} minutes from "
        "now. Whose chart, why, and what was looked at stands under “Emergency access to review”, "
        "on your Today page."
    )
    if not managers:
        body += " No manager of this clinic can review it yet: please see that there is one."
    physicians = [user for user in roster.physicians if user.pk != by.pk]
    for user in _write("Emergency access to a chart", body, grant, "opened", item.clinic,
                       managers or physicians, now):  # fmt: skip
        nudge(
            user=user,
            clinic=item.clinic,
            template="review",
            path="/today/",
            item=item,
            key=f"{item.pk}:opened:{user.pk}",
            now=now,
        )


def _write(  # noqa: PLR0913 - one message, its columns
    title: str,
    body: str,
    grant: AccessGrant,
    step: str,
    clinic: Clinic,
    to: list[User],
    now: dt.datetime,
) -> list[User]:
    """Hallway's own message about no patient: only who is told reads it, not the whole chart."""
    thread = Thread.objects.create(
        clinic=clinic, kind=Thread.Kind.MESSAGE, title=title, opened_by=None, opened_at=now
    )
    message = post(
        thread=thread,
        body=body,
        to=[],
        by=None,
        now=now,
        dedupe_key=f"break_glass:{grant.pk}:{step}",
    )
    for user in to:
        deliver_to(message=message, user=user, why="emergency access", now=now)
    return to


def _locked(grant: AccessGrant) -> AccessGrant:
    # No join: after a wait PostgreSQL reads the row anew, but not what an empty link now leads to.
    return AccessGrant.objects.select_for_update().get(pk=grant.pk)


@transaction.atomic
def end_access(*, grant: AccessGrant, by: User, now: dt.datetime) -> AccessGrant:
    """Close the chart before its hour is over. Ending what has ended changes nothing."""
    row = _locked(grant)
    if row.ends_at <= now:
        return row
    row.ends_at = max(now, row.starts_at + dt.timedelta(microseconds=1))
    row.save(update_fields=["ends_at"])
    _audit("break_glass_end", row, by, now)
    return row


@transaction.atomic
def review(
    *, grant: AccessGrant, verdict: str, words: str, by: User, now: dt.datetime
) -> AccessGrant:
    """Somebody else says whether it was justified; the person is told. Raises Forbidden, Refused,
    or Conflict when another reviewer was faster."""
    row = _locked(grant)
    words = " ".join(words.split())
    if not by.may(Perm.BREAK_GLASS_REVIEW) or not may_review(by, row.user_id):
        raise Forbidden(
            "Nobody reviews their own emergency access. Another manager of the clinic does."
        )
    if row.reviewed_at:
        raise _reviewed_already(row, verdict, words)
    if row.ends_at > now:
        raise Refused("The chart is still open to them. End the access first, then review it.")
    if verdict not in AccessGrant.Verdict.values:
        raise Refused("Choose whether it was justified or not.")
    if len(words) < LEAST_VERDICT:
        raise Refused(f"Write why in at least {LEAST_VERDICT} characters; the person reads it.")
    row.reviewed_at, row.reviewed_by, row.verdict, row.review_words = now, by, verdict, words
    row.save(update_fields=["reviewed_at", "reviewed_by", "verdict", "review_words"])
    _audit("break_glass_review", row, by, now, f"{verdict}: {words}")
    for item in WorkItem.objects.filter(
        kind="break_glass_review", subject_id=row.pk, closed_at__isnull=True
    ):
        close_item(item=item, by=by, now=now, event="reviewed")
    _tell_verdict(row, by, now)
    return row


def _reviewed_already(row: AccessGrant, verdict: str, words: str) -> Conflict:
    who = row.reviewed_by.full_name if row.reviewed_by else "Somebody"
    yours, saved = VERDICTS.get(verdict, ""), VERDICTS[row.verdict]
    return Conflict(
        f"{who} reviewed this already. What was written then stays.",
        versions=[("Verdict", yours, saved), ("Why", words, row.review_words)],
        who=who,
    )


def _tell_verdict(row: AccessGrant, by: User, now: dt.datetime) -> None:
    """In the inbox of the person, at the clinic they work at: the chart is closed to them."""
    post_there = posts_of(row.user, now=now).select_related("clinic").order_by("pk").first()
    if post_there is None:  # they work nowhere any more and have no inbox
        return
    verdict = VERDICTS[row.verdict].lower()
    body = (
        f"{by.name_line} reviewed your emergency access that began "
        f"{row.starts_at.astimezone(ZoneInfo(post_there.clinic.zone)):%a %d %b %Y %H:%M}: "
        f"{verdict}. “{row.review_words}”"
    )
    title = f"Your emergency access was reviewed: {verdict}"
    _write(title, body, row, "reviewed", post_there.clinic, [row.user], now)
