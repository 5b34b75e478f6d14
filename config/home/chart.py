"""What frames every page of one patient: the banner and the tabs, from several apps' rows.

Lower apps draw their own pages of a patient with `_layouts/patient.html`; they pass `patient` and
`tab`, and the layout asks `chart(patient, tab)`, so that none of them has to know the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from core.accounts.models import User
from core.accounts.permissions import Perm
from core.lib.clock import now
from core.lib.routes import url
from core.people.fields import Part, shows
from core.people.models import Patient
from core.people.selectors import team_of
from intake.models import RedFlag

# (key, label, route with the patient's id, who may enter). A new page of a patient adds its line.
TABS: tuple[tuple[str, str, str, Perm], ...] = (
    ("overview", "Overview", "home:patient", Perm.PATIENT_ADMIN_VIEW),
    ("registration", "Registration", "home:registration", Perm.PATIENT_ADMIN_VIEW),
    ("plan", "Plan", "rehab:plans", Perm.CHART_VIEW),
    ("visits", "Visits", "intake:visits", Perm.SCHEDULE_VIEW),
    ("measures", "Measures", "outcomes:measures", Perm.CHART_VIEW),
    ("records", "Records", "intake:records", Perm.PATIENT_ADMIN_VIEW),
    ("documents", "Documents", "documents:chart", Perm.DOCUMENT_VIEW),
)
STATUS = {"inactive": "Inactive", "transferred": "Transferred elsewhere", "deceased": "Deceased"}


@dataclass(frozen=True)
class ChartHead:
    """The banner of a patient and the tabs of their pages, as this viewer reads them."""

    team: list[tuple[str, str]]
    line: str
    flag: RedFlag | None
    status: str  # what must be known before anybody phones: "Deceased since 3 Nov 2026"
    allergies: str | None | bool  # None: not asked yet; "": none known; False: not theirs to read
    tabs: list[tuple[str, str, bool, int | None]]


def head(viewer: User, patient: Patient, tab: str) -> ChartHead:
    """A fixed number of queries: the team, the open problems, an open flag, allergies."""
    clinical = shows(viewer, Part.PROBLEM)
    return ChartHead(
        team=team_of(patient, now=now()),
        line=" · ".join(
            patient.episodes.filter(closed_on=None)
            .order_by("-opened_on")
            .values_list("problem", flat=True)
        )
        if clinical
        else "",
        flag=RedFlag.objects.filter(patient=patient, decided_at=None)
        .order_by("-opened_at")
        .first(),
        status=STATUS.get(patient.status, ""),
        allergies=allergies_of(patient) if shows(viewer, Part.BACKGROUND) else False,
        tabs=[
            (label, url(route, patient.pk), key == tab, None)
            for key, label, route, perm in TABS
            if viewer.may(perm)
        ],
    )


def allergies_of(patient: Patient) -> str | None:
    """In one line; "" when asked and there are none; None when nobody has asked."""
    found = patient.allergies.filter(ended_at=None).order_by("-severity", "substance")
    named = [f"{a.substance} ({a.reaction})" if a.reaction else a.substance for a in found]
    if named:
        return ", ".join(named)
    return "" if patient.allergies_asked_at else None


def chart(request: HttpRequest) -> dict[str, Callable[[Patient, str], ChartHead]]:
    """Context processor; nothing is asked of the database until a page of a patient calls it."""

    def of(patient: Patient, tab: str) -> ChartHead:
        viewer = request.user
        assert isinstance(viewer, User)  # noqa: S101 - behind the gates of every patient page
        return head(viewer, patient, tab)

    return {"chart": of}
