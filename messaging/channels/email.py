"""SMTP, step by step, so that `handing` is committed between RCPT and DATA.

Subject and body are fixed texts with a link to a page behind sign-in: no name, no health data.
"""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from core.accounts.links import password_path
from messaging.channels.refusal import Refusal
from messaging.models import Delivery
from messaging.rules import PERSONAL

SUBJECTS = {
    "urgent": "Hallway: something urgent needs you now",
    "reminder": "Hallway: a task of yours is due",
    "password_reset": "Hallway: choose a new password",
    "invitation": "Hallway: your account is ready",
    "review": "Hallway: something for you to review",
}


def compose(row: Delivery) -> EmailMessage:
    """The same row gives the same Message-ID, so that a receiver can drop a second copy."""
    message = EmailMessage()
    message["Subject"] = SUBJECTS[row.template]
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = row.user.email
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.pk}@{urlsplit(settings.BASE_URL).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    # A link that opens an account is computed now and stored nowhere (core/accounts/links.py).
    path = password_path(row.user) if row.template in PERSONAL else row.path
    message.set_content(
        render_to_string(f"emails/{row.template}.txt", {"link": f"{settings.BASE_URL}{path}"})
    )
    return message


def connect() -> smtplib.SMTP:
    at, seconds = (settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT
    server: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        server = smtplib.SMTP_SSL(*at, timeout=seconds, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(*at, timeout=seconds)
    server.ehlo()
    if settings.EMAIL_USE_TLS:  # smtplib alone would take any certificate
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if settings.EMAIL_HOST_USER:
        server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    return server


def send(row: Delivery, before_body: Callable[[], bool]) -> None:
    """Hand the mail to the server. Raises Refusal for its answers; other errors: the line broke."""
    message = compose(row)
    server = connect()
    try:
        code, _ = server.mail(settings.DEFAULT_FROM_EMAIL)
        if code >= 400:
            raise Refusal(f"{code} to sender", final=code >= 500)
        code, _ = server.rcpt(row.user.email)
        if code >= 400:
            raise Refusal(f"{code} to recipient", final=code >= 500)
        if not before_body():
            return  # the lease ran out: somebody else has it
        try:
            code, _ = server.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        if code >= 400:
            raise Refusal(f"{code} to message", final=code >= 500)
    finally:
        server.close()
