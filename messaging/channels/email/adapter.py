"""SMTP, step by step, so that `handing` is committed between RCPT and DATA."""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from messaging.channels.envelope import Envelope
from messaging.channels.refusal import Refusal


def compose(envelope: Envelope) -> EmailMessage:
    """The same row gives the same Message-ID, so that a receiver can drop a second copy."""
    message = EmailMessage()
    message["Subject"] = envelope.subject
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = envelope.to
    message["Date"] = format_datetime(envelope.created_at)
    message["Message-ID"] = f"<{envelope.pk}@{urlsplit(settings.BASE_URL).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(envelope.text)
    if envelope.attachment:
        main, _, sub = envelope.attachment.content_type.partition("/")
        message.add_attachment(
            envelope.attachment.content,
            maintype=main,
            subtype=sub,
            filename=envelope.attachment.name,
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


def send(envelope: Envelope, before_body: Callable[[], bool]) -> str:
    """Hand the mail to the server. Raises Refusal for its answers; other errors: the line broke."""
    message = compose(envelope)
    server = connect()
    try:
        code, _ = server.mail(settings.DEFAULT_FROM_EMAIL)
        if code >= 400:
            raise Refusal(f"{code} to sender", final=code >= 500)
        code, _ = server.rcpt(envelope.to)
        if code >= 400:
            raise Refusal(f"{code} to recipient", final=code >= 500)
        if not before_body():
            return ""  # the lease ran out: somebody else has it
        try:
            code, _ = server.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        if code >= 400:
            raise Refusal(f"{code} to message", final=code >= 500)
    finally:
        server.close()
    return ""
