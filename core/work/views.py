"""The door of drafts: read back when a page opens, saved while typing (static/js/drafts.js)."""

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.errors import Conflict, Refused
from core.lib.forms import version_of
from core.people.http import StaffRequest
from core.work.models import Draft
from core.work.selectors import drafts_of
from core.work.services import save_draft


@requires(Perm.HOME_VIEW)
@require_http_methods(["GET", "POST"])
def drafts(request: StaffRequest) -> HttpResponse:
    """GET: one's own unsent texts. POST: one of them; 409 with the other window's words."""
    if request.method == "GET":
        return JsonResponse({"drafts": [spoken(row) for row in drafts_of(request.user)]})
    place, text = request.POST.get("place", ""), request.POST.get("text", "")
    try:
        row = save_draft(
            user=request.user, place=place, text=text, now=now(), version=version_of(request)
        )
    except Refused as refusal:
        return JsonResponse({"sentence": str(refusal)}, status=422)
    except Conflict as conflict:
        kept = drafts_of(request.user).filter(place=place).first()
        body = {"sentence": str(conflict)} | (spoken(kept) if kept else {})
        return JsonResponse(body, status=409)
    return JsonResponse(spoken(row))


def spoken(row: Draft) -> dict[str, object]:
    return {
        "place": row.place,
        "text": row.text,
        "version": row.version,
        "saved": f"{timezone.localtime(row.saved_at):%H:%M}",
    }
