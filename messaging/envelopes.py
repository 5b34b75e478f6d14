"""From an outbox row to what a channel sends, looked up as it leaves: address, words, file."""

from collections.abc import Mapping

from django.conf import settings
from django.template.loader import render_to_string

from core.accounts.links import password_path
from core.documents import files
from core.documents.models import Document
from core.people.models import Patient
from messaging.channels import Attachment, Envelope, Refusal
from messaging.models import Delivery
from messaging.rules import PERSONAL
from messaging.subjects import subject_of

SUBJECTS = {
    "urgent": "Hallway: something urgent needs you now",
    "reminder": "Hallway: a task of yours is due",
    "password_reset": "Hallway: choose a new password",
    "invitation": "Hallway: your account is ready",
    "review": "Hallway: something for you to review",
}


def envelope(row: Delivery) -> Envelope:
    """Raises Refusal (final) when there is no address, KeyError for a text nobody wrote."""
    about = subject_of(row)
    title = about.title.format(clinic=row.clinic.name) if about else SUBJECTS[row.template]
    # A fax is its document alone.
    text = "" if row.channel == "fax" else _text(row, about.words(row) if about else {})
    return Envelope(
        pk=row.pk,
        key=row.dedupe_key,
        template=row.template,
        to=address_of(row),
        subject=title,
        text=text,
        created_at=row.created_at,
        attachment=_attached(row),
    )


def address_of(row: Delivery) -> str:
    if row.user:
        found = row.user.email if row.channel == "email" else ""
    elif row.patient:
        found = contact_of(row.patient, row.channel)
    else:
        found = row.to_address
    if not found:
        raise Refusal(f"No address for {row.channel}", final=True)
    return found


def contact_of(patient: Patient, channel: str) -> str:
    """Where the patient agreed to be reached by this channel; "" where not."""
    if channel == "email" and patient.may_email:
        return patient.email
    if channel == "sms" and patient.may_text:
        return patient.phone
    return ""


def _text(row: Delivery, words: Mapping[str, str]) -> str:
    folder = "texts" if row.channel == "sms" else "emails"
    # A link that opens an account is computed now and stored nowhere (core/accounts/links.py).
    personal = row.user and row.template in PERSONAL
    path = password_path(row.user) if personal and row.user else row.path
    known = {
        "link": f"{settings.BASE_URL}{path}",
        "clinic": row.clinic.name,
        "phone": row.clinic.phone,
    }
    return render_to_string(f"{folder}/{row.template}.txt", known | dict(words))


def _attached(row: Delivery) -> Attachment | None:
    """The file it carries; its name is the row's id and says nothing."""
    if row.document_id is None:
        return None
    document = Document.objects.filter(pk=row.document_id, state=Document.State.CLEAN).first()
    content = files.read(document) if document else None
    if document is None or content is None:
        raise Refusal("Its document is not there", final=True)
    return Attachment(f"{row.pk}.pdf", content, document.content_type)
