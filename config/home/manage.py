"""What only those who run the clinic need, on one page."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.people.http import StaffRequest


class Page(NamedTuple):
    label: str
    route: str
    perm: Perm
    words: str
    icon: str


PAGES = (
    Page("Users", "home:users", Perm.USER_ADMIN,
         "Invite people, change their roles, name who covers, hand over, disable.", "users"),
    Page("Emergency access", "home:break_glass_reviews", Perm.BREAK_GLASS_REVIEW,
         "Who opened a chart in an emergency; review it within a business day.", "siren"),
    Page("Audit", "home:audit", Perm.AUDIT_VIEW,
         "Who looked at which chart and what somebody did; refusals, files that left.", "eye"),
    Page("Re-filed documents", "documents:refiled", Perm.AUDIT_VIEW,
         "Documents that stood on a wrong chart: where they went, why, who had opened them.",
         "folder-symlink"),
    Page("Deliveries", "messaging:deliveries", Perm.DELIVERIES_VIEW,
         "What was sent, and what waits for a decision.", "mail-check"),
    Page("System health", "home:system", Perm.HEALTH_VIEW,
         "Loops, queue, backups, the audit chain.", "activity"),
)  # fmt: skip


@requires(Perm.USER_ADMIN)
@require_GET
def manage(request: StaffRequest) -> HttpResponse:
    """Whoever keeps the users has the other pages too; each is shown by its own permission."""
    shown = [(p, reverse(p.route)) for p in PAGES if request.user.may(p.perm)]
    return render(request, "home/manage.html", {"pages": shown})
