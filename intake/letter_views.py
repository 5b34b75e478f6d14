"""Door of the letter of a call."""

import uuid

from csp.decorators import csp_update
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from core.accounts.access import requires
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.people.http import StaffRequest
from core.work.limits import limited
from intake.documents import print_letter

# A browser's own PDF viewer is an embedded object with inline styles; a PDF has no markup of ours.
VIEWER = {"object-src": ["'self'"], "style-src": ["'unsafe-inline'"]}


@requires(Perm.CALL_LETTER)
@require_GET
@limited("letter", 20, per=60)  # type: ignore[arg-type]  # csp's types know no arguments
@csp_update(VIEWER)  # type: ignore[arg-type]  # likewise
def letter(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """The summary of a call to print or send to the referrer; its file name names nobody."""
    response = HttpResponse(
        print_letter(request.user, pk, now=now()), content_type="application/pdf"
    )
    response["Content-Disposition"] = 'inline; filename="call-summary.pdf"'
    return response
