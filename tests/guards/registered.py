"""The matrix's world, registration's part: a contact, a condition, a place on the team, a merge."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from core.accounts.roles import Role
from core.people.models import Comorbidity, PatientContact
from core.people.services import join_care_team, merge
from core.people.services.sheets import note
from tests.cast import NOW, patient
from tests.factories.records import one_page, release

ROUTES = {
    f"home:{name}"
    for name in (
        "registration", "identity", "status", "add_entry", "change_entry", "end_entry",
        "no_allergies", "add_background", "change_background", "end_background", "join_team",
        "leave_team", "merge", "undo_merge", "consent_scans",
    )
}  # fmt: skip


def rows(world: Any) -> None:
    cast = world.cast
    ngozi = {"name": "Ngozi Okafor", "relation": "partner", "phone": "+13125550144"}
    asked: dict[str, Any] = {"patient": cast.okafor, "by": cast.ana, "now": NOW}
    world.contact = note(kind=PatientContact, values=ngozi, **asked)
    world.signed = release(cast)
    world.condition = note(kind=Comorbidity, values={"words": "diabetes"}, **asked)
    world.member = join_care_team(user=cast.mbeki, role=Role.PHYSICIAN, **asked)
    twin = patient(cast.riverside, "1099", "Daniel", "Okafor", cast.okafor.birth_date, "")
    world.merge = merge(kept=cast.okafor, gone=twin, reason="same person", by=cast.park, now=NOW)
    cast.okafor.refresh_from_db()


def known(world: Any, route: str) -> dict[str, Any]:
    """Arguments of the routes beside the patient's id."""
    background = route.endswith("background")
    row = world.condition if background else world.contact
    return {
        "member_pk": world.member.pk,
        "merge_pk": world.merge.pk,
        "row_pk": world.signed.pk if route.endswith("consent_scans") else row.pk,
        "key": "comorbidity" if background else "contact",
    }


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    cast = world.cast
    version = {"version": str(cast.okafor.version)}
    ada = {"name": "Ada", "relation": "friend", "phone": "312 555 0145"}
    who = {"given_name": "Daniel", "family_name": "Okafor", "sex": "male", "language": "English",
           "birth_date": "03/14/1974", "contact_by": "phone"}  # fmt: skip
    return {
        "home:consent_scans": {"files": [SimpleUploadedFile("a.pdf", one_page())]},
        "home:identity": who | version,
        "home:status": {"status": "active"} | version,
        "home:add_entry": ada,
        "home:change_entry": ada | {"version": "1"},
        "home:end_entry": {"reason": "moved away"},
        "home:add_background": {"words": "high blood pressure"},
        "home:change_background": {"words": "diabetes, type 2", "version": "1"},
        "home:end_background": {"reason": "was wrong"},
        "home:join_team": {"member": f"{cast.ruiz.pk}:therapist"},
        "home:merge": {"other": str(cast.hale.pk), "reason": "same person after all"},
        "home:undo_merge": {"reason": "two people"},
    }
