"""Pages about Hallway itself: help, and every part of the interface."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.ui import gallery_entries
from core.people.http import StaffRequest


@requires(Perm.HOME_VIEW)
@require_GET
def help_page(request: StaffRequest) -> HttpResponse:
    return render(request, "home/help.html", {})


@requires(Perm.GALLERY_VIEW)
@require_GET
def gallery(request: StaffRequest) -> HttpResponse:
    """Every component, live."""
    return render(request, "home/gallery.html", {"entries": gallery_entries()})
