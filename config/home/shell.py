"""What frames every staff page: navigation, red flags, unread messages, loops that stand still."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.events.selectors import LOOPS, failing, late_loops
from core.lib.clock import now
from core.lib.routes import url
from core.people.emergency import Emergency
from core.people.http import StaffRequest
from core.people.models import Clinic
from messaging.selectors.break_glass import waiting_for_review
from messaging.selectors.deliveries import trouble_count
from messaging.selectors.inbox import unread
from messaging.selectors.urgent import UrgentRow, urgent_items

VERSION = "0.1"


@dataclass(frozen=True)
class NavItem:
    label: str
    url: str
    current: bool
    badge: int = 0
    badge_words: str = "overdue"


@dataclass(frozen=True)
class Action:
    label: str
    url: str
    key: str
    icon: str


@dataclass(frozen=True)
class Shell:
    user_name: str
    role_words: str
    clinic_name: str
    clinic_phone: str
    nav: list[NavItem]
    inbox_unread: int
    flags_open: int
    flags_url: str
    flags_now_url: str
    alerts: list[tuple[str, str, str]]
    shortcuts: bool
    version: str
    search_url: str
    signout_url: str
    me_url: str
    inbox_url: str
    help_url: str
    theme: str
    may_export: bool = False  # lists as files
    emergency_url: str = ""  # for those who may open a chart in an emergency
    emergencies: list[Emergency] = field(default_factory=list)  # charts open to them for now
    actions: list[Action] = field(default_factory=list)


NAV = (
    ("Today", "home:today", Perm.HOME_VIEW),
    ("Intake", "intake:queue", Perm.CALL_TAKE),
    ("Schedule", "intake:schedule", Perm.SCHEDULE_VIEW),
    ("Patients", "home:patients", Perm.PATIENT_FIND),
    ("On call", "home:roster", Perm.ROSTER_VIEW),
    ("Library", "protocols:library", Perm.LIBRARY_VIEW),
    ("Deliveries", "messaging:deliveries", Perm.DELIVERIES_VIEW),
    ("Manage", "home:manage", Perm.USER_ADMIN),
)


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor; nothing is asked of the database until a page reads it."""
    user = getattr(request, "user", None)
    clinic = getattr(request, "clinic", None)
    if user is None or not user.is_authenticated or not user.is_staff_member or clinic is None:
        return {"shell": None}
    staff = cast(StaffRequest, request)
    return {"shell": SimpleLazyObject(lambda: frame(staff, clinic, now()))}


def urgent_of(request: StaffRequest, at: dt.datetime) -> list[UrgentRow]:
    """The urgent rows of this request, read once for the top bar and the page."""
    rows: list[UrgentRow] | None = getattr(request, "urgent_rows", None)
    if rows is None:
        rows = urgent_items(request.user, now=at)
        request.urgent_rows = rows  # type: ignore[attr-defined]  # kept for this request alone
    return rows


def mark_of(rows: list[UrgentRow]) -> str:
    """Changes when a flag comes, goes, is acknowledged, or becomes this person's to answer."""
    text = "".join(f"{row.item_id}{row.mine}{row.late}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def frame(request: StaffRequest, clinic: Clinic, at: dt.datetime) -> Shell:
    user = request.user
    path = request.path
    today = url("home:today")
    return Shell(
        user_name=user.full_name,
        role_words=", ".join(r.replace("_", " ") for r in user.roles),
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        nav=[
            NavItem(label, url(name), path.startswith(url(name)), *badge(user, name, at))
            for label, name, perm in NAV
            if user.may(perm)
        ],
        inbox_unread=unread(user, now=at),
        flags_open=sum(row.mine for row in urgent_of(request, at)),
        flags_url=f"{today}#flags",
        flags_now_url=f"{url('home:flags_now')}?seen={mark_of(urgent_of(request, at))}",
        alerts=alerts_for(user, at),
        shortcuts=user.single_keys,
        version=VERSION,
        search_url=url("home:patients"),
        signout_url=url("account_logout"),
        me_url=url("home:me"),
        inbox_url=url("messaging:inbox"),
        help_url=url("home:help"),
        theme="" if user.theme == "system" else user.theme,
        may_export=user.may(Perm.LIST_EXPORT),
        emergency_url=url("home:break_glass") if user.may(Perm.BREAK_GLASS) else "",
        emergencies=request.emergencies,
        actions=[Action("New call", url("home:new_call"), "c", "phone-call")]
        if user.may(Perm.CALL_TAKE)
        else [],
    )


def badge(user: User, name: str, at: dt.datetime) -> tuple[int, str]:
    """(count, words) beside a page's name: deliveries that wait for somebody's decision."""
    if name == "messaging:deliveries":
        return trouble_count(user, now=at), "to decide"
    return 0, ""


def alerts_for(user: User, at: dt.datetime) -> list[tuple[str, str, str]]:
    """The bars above every page of a manager: what stands still, and who opened a chart."""
    found = [*loop_alerts(at), *failing_alerts()] if user.may(Perm.DELIVERIES_VIEW) else []
    waiting = waiting_for_review(user, now=at) if user.may(Perm.BREAK_GLASS_REVIEW) else 0
    if waiting:
        one = waiting == 1
        what = "Emergency access to a chart" if one else f"{waiting} emergency accesses to charts"
        verb = "waits" if one else "wait"
        found.append(("warn", f"{what} {verb} for your review.", url("home:break_glass_reviews")))
    return found


def failing_alerts() -> list[tuple[str, str, str]]:
    """A step that fails again and again tells nobody by itself."""
    stuck = len(failing())
    if not stuck:
        return []
    what = "One follow-up keeps" if stuck == 1 else f"{stuck} follow-ups keep"
    sentence = f"{what} failing and somebody may not have been told. Tell your technical contact."
    return [("danger", sentence, url("home:system"))]


def loop_alerts(at: dt.datetime) -> list[tuple[str, str, str]]:
    """A banner for managers when due work, events or deliveries stand still."""
    late = late_loops(now=at)
    if not late:
        return []
    longest = max((age for age in late.values() if age), default=None)
    since = f"for {int(longest.total_seconds() // 60)} minutes" if longest else "since the start"
    what = ", ".join(LOOPS[loop] for loop in late)
    sentence = (
        f"The background work stands still {since} ({what}). Red flags still show on every screen, "
        "but nobody gets an e-mail: phone the physician on call, and tell your technical contact."
    )
    return [("danger", sentence, url("messaging:deliveries"))]
