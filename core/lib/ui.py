"""What every template can use: the Jinja2 environment, its globals and its filters.

Only words and links are made here. A filter never reads the database; the clock is an argument or
`core.lib.clock.now`. Stylesheets and scripts are found by name, so a new component needs no list.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import phonenumbers
from django.templatetags.static import static
from django.utils import timezone
from lucide.jinja import lucide
from markupsafe import Markup

from core.lib import clock
from core.lib.day_words import day_words, short_day
from core.lib.forms import once
from core.lib.routes import url

STATIC = Path(__file__).resolve().parents[2] / "static"
FOUNDATION = ("tokens", "base", "layout")  # in this order; components do not care


def _found(folder: str, pattern: str) -> list[str]:
    return sorted(f"{folder}/{path.name}" for path in (STATIC / folder).glob(pattern))


STYLESHEETS = (
    *(f"css/{name}.css" for name in FOUNDATION),
    *_found("css/components", "*.css"),
    *_found("css/pages", "*.css"),  # what one page needs beside its components
    "css/print.css",
)
FORGET = "js/forget.js"  # before anything else, on a page that answers a POST
SCRIPTS = ("django_htmx/htmx-2.min.js", *(s for s in _found("js", "*.js") if s != FORGET))


# --- globals -----------------------------------------------------------------------------------


# The same in every icon, so base.css says it once: a screen of thirty icons is 3 kB lighter.
LINES = (
    ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
    ' stroke-linejoin="round"'
)


@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> Markup:
    """A lucide icon as inline SVG. Decoration only: the word beside it carries the meaning."""
    drawn = str(lucide(name, size=size, aria_hidden="true")).replace(LINES, "")
    drawn = "".join(line.strip() for line in drawn.splitlines()).replace(" />", "/>")
    return Markup(drawn)  # noqa: S704 - the package's own SVG


# --- dates and times ---------------------------------------------------------------------------


def day(value: date | None) -> str:
    """`Wed 25 Nov 2026`; an instant is read in the active zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return day_words(value)


def short_date(value: date | None) -> str:
    """`14 Mar 1974`: a birthday needs no weekday."""
    return "" if value is None else short_day(value)


def at(value: datetime | None) -> str:
    """`Wed 25 Nov 2026 09:42` in the active zone."""
    return "" if value is None else f"{day(value)} {hour(value)}"


def hour(value: datetime | None) -> str:
    """`09:42` in the active zone."""
    return "" if value is None else f"{timezone.localtime(value):%H:%M}"


def _length(span: timedelta) -> str:
    """A positive span in its largest whole unit, or nothing when under a minute."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    days = minutes // (24 * 60)
    return "1 day" if days == 1 else f"{days} days"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """`2 h ago`; an instant that has not come yet reads as `until` does."""
    if value is None:
        return ""
    now = now or clock.now()
    if value > now:
        return until(value, now)
    length = _length(now - value)
    return f"{length} ago" if length else "just now"


def until(value: datetime | None, now: datetime | None = None) -> str:
    """`in 12 min` before the instant, `34 min late` after it, `now` within a minute of it."""
    if value is None:
        return ""
    now = now or clock.now()
    length = _length(abs(value - now))
    if not length:
        return "now"
    return f"in {length}" if value > now else f"{length} late"


def age(birth_on: date | None, today: date | None = None) -> int | str:
    """Whole years on the active zone's today; born on 29 February counts from 1 March."""
    if birth_on is None:
        return ""
    today = today or timezone.localdate(clock.now())
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))


# --- words -------------------------------------------------------------------------------------


def phone(value: str | None) -> str:
    """`(312) 555-0142` for a US number, spaced groups for others; what cannot be read stays."""
    if not value:
        return ""
    try:
        number = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        return value
    style = phonenumbers.PhoneNumberFormat
    shape = style.NATIONAL if number.country_code == 1 else style.INTERNATIONAL
    return phonenumbers.format_number(number, shape)


def words(value: object) -> str:
    """`lower_snake` → `Lower snake`."""
    text = str(value).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., object]] = {
    "day": day,
    "date": short_date,
    "at": at,
    "clock": hour,
    "ago": ago,
    "until": until,
    "age": age,
    "phone": phone,
    "words": words,
}


def environment(**options: Any) -> jinja2.Environment:
    """Called by Django's Jinja2 backend. A misspelt variable fails instead of vanishing."""
    options |= {"undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    env = jinja2.Environment(**options)  # noqa: S701 - Django's backend passes autoescape=True
    env.globals |= {
        "url": url,
        "static": static,
        "icon": icon,
        "once": once,
        "now": clock.now,
        "stylesheets": STYLESHEETS,
        "forget": FORGET,
        "scripts": SCRIPTS,
    }
    env.filters |= FILTERS
    return env


def gallery_entries() -> list[tuple[str, str]]:
    """(name, template) of every component's gallery entry, found by name."""
    folder = STATIC.parent / "templates" / "gallery"
    return [(words(path.stem), f"gallery/{path.name}") for path in sorted(folder.glob("*.html"))]
