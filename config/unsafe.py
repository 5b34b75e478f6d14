"""What production must not start with. Each refusal is a sentence that says what to set."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 50
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def refuse(settings: Mapping[str, Any], *, debug: bool, plain_hosts: Sequence[str]) -> None:
    """Raise ImproperlyConfigured with the first reason. `settings` by their Django names.

    `plain_hosts` = servers on a network of our own, to which a connection needs no TLS.
    """
    for sentence in reasons(settings, debug=debug, plain_hosts=plain_hosts):
        raise ImproperlyConfigured(sentence)


def reasons(
    settings: Mapping[str, Any], *, debug: bool, plain_hosts: Sequence[str]
) -> Iterator[str]:
    if debug or settings["DEBUG"]:
        yield "Remove DEBUG: error pages would show patients' data. Hallway has no debug mode."
    for key in (settings["SECRET_KEY"], *settings["SECRET_KEY_FALLBACKS"]):
        if len(key) < SHORTEST_KEY or len(set(key)) < 10 or "insecure" in key or "loopback" in key:
            yield (
                "SECRET_KEY and each of SECRET_KEY_FALLBACKS: 50 or more random characters, from "
                "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
            )
    if not settings["ALLOWED_HOSTS"] or any("*" in name for name in settings["ALLOWED_HOSTS"]):
        yield "Set ALLOWED_HOSTS to the names this clinic is served under, never '*'."
    if urlsplit(settings["BASE_URL"]).scheme != "https":
        yield "BASE_URL must begin with https://: passwords and charts travel on it."
    if any(not origin.startswith("https://") for origin in settings["CSRF_TRUSTED_ORIGINS"]):
        yield "CSRF_TRUSTED_ORIGINS must begin with https://."
    if settings["SECURE_PROXY_SSL_HEADER"] and not settings["TRUSTED_PROXIES"]:
        yield (
            "BEHIND_TLS_PROXY is on: name the proxy in TRUSTED_PROXIES, or everybody would come "
            "from its one address, on the audit trail and in the lock-out."
        )
    yield from open_database(settings["DATABASES"]["default"], plain_hosts)
    yield from open_broker(settings["REDIS_URL"], plain_hosts)
    yield from open_mail(settings, plain_hosts)
    yield from open_gateways(settings, plain_hosts)


def open_database(database: Mapping[str, Any], plain_hosts: Sequence[str]) -> Iterator[str]:
    options = database.get("OPTIONS", {})
    host = options.get("host") or database.get("HOST") or "/"  # none: a socket of this machine
    if options.get("sslmode") == "verify-full" or near(host, plain_hosts):
        return
    yield (
        "Add ?sslmode=verify-full to DATABASE_URL (and sslrootcert=…): charts would travel open or "
        "to whoever answers. For a server on a network of your own, name it in PLAIN_HOSTS."
    )


def open_broker(url: str, plain_hosts: Sequence[str]) -> Iterator[str]:
    parts = urlsplit(url)
    checked = parse_qs(parts.query).get("ssl_cert_reqs", ["required"])[0]
    encrypted = parts.scheme == "rediss" and checked in {"required", "CERT_REQUIRED"}
    if not encrypted and not near(parts.hostname or "", plain_hosts):
        yield (
            "REDIS_URL must begin with rediss:// and check the certificate. "
            "For a server on a network of your own, name it in PLAIN_HOSTS."
        )


def open_mail(settings: Mapping[str, Any], plain_hosts: Sequence[str]) -> Iterator[str]:
    if settings["EMAIL_BACKEND"] != SMTP:
        yield "EMAIL_URL must name a mail server (smtp+tls://…): reminders would go nowhere."
        return
    encrypted = settings.get("EMAIL_USE_TLS") or settings.get("EMAIL_USE_SSL")
    if not encrypted and not near(settings["EMAIL_HOST"], plain_hosts):
        yield (
            "EMAIL_URL must begin with smtp+tls:// or smtp+ssl://. "
            "For a relay on a network of your own, name it in PLAIN_HOSTS."
        )


def open_gateways(settings: Mapping[str, Any], plain_hosts: Sequence[str]) -> Iterator[str]:
    """Faxes carry records; a gateway that is not set up is fine."""
    for name in ("FAX_GATEWAY", "SMS_GATEWAY"):
        url, token = urlsplit(settings[f"{name}_URL"]), settings[f"{name}_TOKEN"]
        if not url.geturl():
            continue
        if url.scheme != "https" and not near(url.hostname or "", plain_hosts):
            yield (
                f"{name}_URL must begin with https://. "
                "For a gateway on a network of your own, name it in PLAIN_HOSTS."
            )
        if not token:
            yield f"Set {name}_TOKEN: the gateway must know that it is this clinic."


def near(host: str, plain_hosts: Sequence[str]) -> bool:
    """On this machine (a socket, loopback), or named as a neighbour on a network of our own."""
    if host.startswith("/") or host == "localhost" or host in plain_hosts:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
