"""What the matrix expects, worked out from the rules in words and not from any answer.

role × declared permission (roles.py) → may they come in; kind of object × relation → is it theirs;
route → what a permitted person gets. Cells that are otherwise stand in OTHERWISE, each with why.
docs/access-matrix.csv is this, written down for review.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, STAFF, Role
from tests.guards.people import GRANTED, NONE, OTHER_CLINIC, OTHER_TEAM, OWN, TEAM
from tests.guards.routes import Door

DEEP = bool(os.environ.get("HALLWAY_DEEP"))
FILE = Path(__file__).resolve().parents[2] / "docs" / "access-matrix.csv"
HEAD = ("route", "method", "needs", "whose")
OUTSIDE = ("anonymous", "disabled", "no factor", "stale")
COLUMNS = (*OUTSIDE, *(str(role) for role in Role))
CLINICIANS = {role for role in STAFF if Perm.CHART_VIEW in ROLES[role]}
ALL = {OWN, TEAM, GRANTED, OTHER_TEAM, OTHER_CLINIC}

# kind of object → routes about one
OBJECTS = {
    "patient": "home:patient home:export_record home:legal_hold home:looks home:looks_file "
    "messaging:new_thread "
    "api_patient intake:start api_calls home:registration home:identity home:status "
    "home:consent_scans "
    "home:add_entry home:change_entry home:end_entry home:no_allergies home:add_background "
    "home:change_background home:end_background home:join_team home:leave_team home:merge "
    "home:undo_merge outcomes:measures outcomes:add outcomes:survey api_survey_score "
    "documents:chart documents:upload intake:records intake:ask_records "
    "intake:visits intake:book rehab:limits rehab:set_limits api_restrictions api_plans "
    "api_measurements rehab:plans rehab:start_plan rehab:visit_of rehab:open_visit",
    "measure": "outcomes:series outcomes:wrong",
    "document": "documents:document documents:page documents:file documents:classify "
    "documents:review documents:refile documents:find documents:move rehab:limits_from "
    "rehab:copy_limits rehab:no_limits rehab:ask_limits",
    "restriction": "rehab:lift_limit rehab:confirm_limit",
    "plan": "rehab:plan rehab:part rehab:standing rehab:end_plan rehab:plan_pdf api_plan "
    "rehab:deficit rehab:withdraw_deficit rehab:write_update rehab:updates",
    "appointment": "intake:appointment intake:arrive intake:undo_arrival intake:finish "
    "intake:miss intake:cancel intake:move intake:assign",
    "problem": "intake:book_episode rehab:book_visit",
    "first visit": "rehab:first_visit rehab:visit_section rehab:sign_visit rehab:discard_visit "
    "rehab:addend rehab:visit_plan",
    "plan version": "rehab:plan_version rehab:cosign",
    "plan to read": "rehab:changed rehab:acknowledge",
    "pathway step": "rehab:step rehab:decide_step",
    "override": "intake:override intake:review_override",
    "call": "intake:call intake:fields intake:answer intake:action intake:raise intake:lower "
    "intake:close intake:hang_up intake:letter intake:flag_state api_call api_answers api_actions "
    "api_close intake:book_call",
    "caller nobody registered": "intake:match intake:register intake:callback intake:take "
    "intake:attempt intake:reach intake:chart_of_call",
    "records request": "intake:records_request intake:send_records intake:confirm_records "
    "intake:chase_records intake:receive_records intake:no_records intake:cancel_records "
    "intake:review_records",
    "flag": "intake:flag intake:seen intake:acknowledge intake:decide intake:release",
    "work item": "messaging:item messaging:close_item messaging:undo_close messaging:hand_back "
    "messaging:plan_item api_work_item_close",
    "thread": "messaging:thread messaging:read messaging:reply api_thread",
    "inbox row": "messaging:inbox_row messaging:acknowledge",
    "the clinic's own": "messaging:delivery messaging:settle_delivery home:remove_shift home:user "
    "home:change_user home:invite_again home:unlock_user home:reset_factor home:user_leaving "
    "home:user_hand_over home:disable_user home:enable_user home:revoke_token "
    "home:cover_user home:end_user_cover home:audit_person home:audit_person_file "
    "home:break_glass_review intake:payer intake:change_payer intake:source intake:change_source "
    "intake:change_type intake:change_room intake:end_hours "
    "intake:end_exception",
    "import": "importing:batch importing:columns importing:check importing:choose "
    "importing:commit importing:undo importing:discard",
    "job": "work:job work:job_now work:cancel_job",
    "file for Park": "work:job_file",
    "emergency of Lang": "home:break_glass_end",
    "one's own": "home:end_cover home:revoke_own_token",
    "the Library": "protocols:version protocols:sign_off protocols:compare protocols:edit "
    "protocols:withdraw intake:payer_class intake:payer_checked",
    "whatever the id": "home:roster_gap home:list_file",
}
KIND = {route: kind for kind, routes in OBJECTS.items() for route in routes.split()}
IN_BODY = {
    "intake:start",
    "api_calls",
    "api_survey_score",
    "api_measurements",
}  # the object's id is in the body

# what a permitted person gets, where it is not 200 for a page or the API, 302 for a form
ANSWERS = {
    "POST home:patients": 200, "POST home:issue_token": 200, "POST home:looks_file": 200,
    "POST home:list_file": 200,
    "POST home:audit_person_file": 200, "POST work:drafts": 200, "POST api_calls": 201,
    "POST api_survey_score": 201, "POST api_measurements": 201,
    "POST api_thread": 201, "GET messaging:inbox_row": 302,
    "POST documents:find": 200, "GET home:roster_gap": 302,
    "POST intake:find_sources": 200, "GET rehab:visit_section": 302,
    "GET intake:book_episode": 302, "GET rehab:book_visit": 302,
}  # fmt: skip

OF_A_PATIENT = {"patient", "call", "flag", "work item", "measure", "document", "records request",
                "appointment", "problem", "override", "restriction", "plan",
                "pathway step", "plan version", "plan to read", "first visit"}  # fmt: skip
STAFF_ROLES: set[Role] = set(STAFF)
# Forms that are one button: a stranger goes to sign-in. The words of any other are shown again.
BUTTONS = {
    *["rehab:open_visit", "rehab:sign_visit", "rehab:visit_plan"],
    "work:cancel_job",
    "rehab:ask_limits",
    "rehab:standing",
    "rehab:cosign",
    "rehab:acknowledge",
    "importing:imports",  # a file and no words: it is chosen again
    "home:consent_scans",  # likewise
    "importing:check",
    "importing:commit",
    "importing:undo",
    "importing:discard",
    "home:break_glass_end",
    "home:remove_shift",
    "home:end_cover",
    "home:revoke_own_token",
    "home:invite_again",
    "home:unlock_user",
    "home:reset_factor",
    "home:disable_user",
    "home:enable_user",
    "home:revoke_token",
    "home:end_user_cover",
    "protocols:sign_off",
    "home:no_allergies",
    "home:leave_team",
    "messaging:acknowledge",
    "messaging:read",
    "messaging:undo_close",
    "messaging:hand_back",
    "intake:register",
    "intake:close",
    "intake:hang_up",
    "intake:take",
    "intake:reach",
    "intake:seen",
    "intake:acknowledge",
    "intake:arrive",
    "intake:undo_arrival",
    "intake:finish",
    "intake:miss",
    "intake:end_exception",
}
# door → relations, roles, code, why
OTHERWISE: tuple[tuple[str, set[str], set[Role], int, str], ...] = (
    ("POST home:break_glass", {OWN}, STAFF_ROLES, 422, "the chart is open to them already"),
    ("POST home:invite", {OTHER_CLINIC, OTHER_TEAM}, STAFF_ROLES, 422,
     "the form offers one's own clinics"),
    ("POST importing:imports", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own import patients"),
    ("POST home:remove_shift", {TEAM, OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own decide it"),
    ("POST home:add_shift", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own decide it"),
    ("POST home:add_shift", {OTHER_CLINIC}, STAFF_ROLES, 422,
     "the form offers physicians of one's own clinic"),
    ("POST home:cover", {OTHER_CLINIC}, STAFF_ROLES, 422, "the form offers colleagues"),
    ("POST messaging:settle_held", {OTHER_CLINIC, OTHER_TEAM}, STAFF_ROLES, 409,
     "none of theirs is held, and the form said one"),
    ("POST documents:move", {TEAM, GRANTED}, STAFF_ROLES, 404,
     "the chart it would go to is not open to them"),
    ("GET intake:flag_state", {OTHER_TEAM, OTHER_CLINIC, NONE}, STAFF_ROLES, 200,
     "an empty fragment to whoever may not know of the flag"),
    ("POST home:merge", {TEAM, GRANTED}, STAFF_ROLES, 404, "the other chart is not theirs"),
    ("POST intake:add_payer", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own keep its list"),
    ("POST intake:payer_checked", {TEAM, OTHER_TEAM}, STAFF_ROLES, 403,
     "the clinic's own check the rules"),
    ("POST intake:payer_checked", {GRANTED}, {Role.COORDINATOR}, 403,
     "who covers at a partner practice is not the clinic's own"),
    ("POST intake:release", {TEAM, GRANTED}, STAFF_ROLES, 403,
     "only a physician of the clinic itself releases a hold"),
    ("POST intake:book_call", {OWN, TEAM, GRANTED}, STAFF_ROLES, 422,
     "a red flag of the world holds therapy"),
    ("POST intake:review_override", {TEAM, GRANTED}, STAFF_ROLES, 403, "the clinic's own review"),
    ("GET intake:set_up", {OTHER_TEAM}, STAFF_ROLES, 404, "the clinic's own set it up"),
    ("POST intake:add_type", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own set it up"),
    ("POST intake:add_room", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own set it up"),
    ("POST intake:add_hours", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own set it up"),
    ("POST intake:add_exception", {OTHER_TEAM}, STAFF_ROLES, 403, "the clinic's own set it up"),
    ("POST intake:add_hours", {OTHER_CLINIC}, STAFF_ROLES, 422, "the form offers one's own staff"),
    ("POST intake:add_exception", {OTHER_CLINIC}, STAFF_ROLES, 422,
     "the form offers one's own staff"),
    ("GET home:portal_sheet", {OTHER_CLINIC}, {Role.PATIENT}, 404, "the one there has no plan"),
    ("GET home:roster_gap", {NONE}, STAFF_ROLES, 302, "one's own roster whatever the id"),
)  # fmt: skip


def theirs(route: str, whose: str, role: Role) -> bool:
    """Is the object of this route one this person may act on?"""
    kind = KIND.get(route, "")
    if whose == NONE:
        return not kind
    if kind in OF_A_PATIENT:
        return whose in {OWN, TEAM, GRANTED}
    if kind == "thread":  # the clinic's people of the world are in it; else clinicians of the chart
        return whose == OWN or (whose in {TEAM, GRANTED} and role in CLINICIANS)
    if kind == "job":
        return whose == OWN and role in {Role.COORDINATOR, Role.MANAGER}
    if kind == "file for Park":
        return whose == OWN and role is Role.COORDINATOR
    if kind == "emergency of Lang":
        return whose == OWN and role in {Role.BEHAVIORAL_HEALTH, Role.MANAGER}
    if kind in {"one's own", "caller nobody registered", "inbox row", "the clinic's own", "import"}:
        return whose == OWN
    return True


def expected(door: Door, whose: str, role: Role) -> int:
    """The code this person gets for a valid request."""
    if door.perm not in ROLES[role]:
        return 403
    for name, relations, roles, code, _ in OTHERWISE:
        if name == str(door) and whose in relations and role in roles:
            return code
    return granted_code(door) if theirs(door.name, whose, role) else 404


def granted_code(door: Door) -> int:
    return ANSWERS.get(str(door), 200 if door.is_api or door.method == "get" else 302)


def outside(door: Door, column: str) -> int:
    """Strangers, the disabled, who has no second factor, who proved who they are long ago."""
    if column in {"anonymous", "disabled"}:
        if door.is_api:
            return 401
        return 401 if door.method == "post" and door.name not in BUTTONS else 302
    if column == "no factor":
        if door.perm is Perm.PORTAL_VIEW:  # patients need none
            return 200
        return 403 if door.is_api else 302
    return 403 if door.reauth else expected(door, OWN, permitted(door))


def permitted(door: Door) -> Role:
    """The first role that may, and whose own object it is; else the first that may."""
    may = [role for role in Role if door.perm in ROLES[role]]
    return next((r for r in may if theirs(door.name, OWN, r)), may[0])


def relations(door: Door) -> tuple[str, ...]:
    """The rows of a door: with an id, every relation; without, who could see others' rows."""
    if door.perm is Perm.PORTAL_VIEW:
        return (OWN, OTHER_CLINIC)
    if door.name in KIND:
        return (OWN, TEAM, GRANTED, OTHER_TEAM, OTHER_CLINIC, NONE)
    return (OWN, OTHER_TEAM, OTHER_CLINIC)


def cells(door: Door) -> Iterator[tuple[str, str, int]]:
    """(relation, column, code) of each declared cell of a door."""
    for whose in relations(door):
        if whose == OWN:
            for column in OUTSIDE:
                yield whose, column, outside(door, column)
        for role in Role:
            if role is not Role.PATIENT or whose in {OWN, OTHER_CLINIC}:
                yield whose, role, expected(door, whose, role)


def asked(door: Door, whose: str, column: str) -> bool:
    """All with --deep. CI: every cell of one's own; of the others who passes the gate, which comes
    before the object, and of those who are answered alike every second, in turn from door to door.
    """
    if DEEP or whose == OWN or column not in set(Role):
        return True
    if door.perm not in ROLES[Role(column)]:
        return False
    alike = {expected(door, whose, role) for role in STAFF if door.perm in ROLES[role]}
    turn = list(Role).index(Role(column)) + len(str(door)) + relations(door).index(whose)
    return len(alike) > 1 or turn % 2 == 0


def read() -> dict[tuple[str, str], dict[str, int]]:
    """(door, relation) → column → code, as on file."""
    with FILE.open(newline="") as file:
        return {
            (f"{row['method']} {row['route']}", row["whose"]): {
                column: int(row[column]) for column in COLUMNS if row[column]
            }
            for row in csv.DictReader(file)
        }


def write(rows: Mapping[Door, list[tuple[str, str, int]]]) -> None:
    with FILE.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*HEAD, *COLUMNS])
        for door, found in rows.items():
            needs = door.perm.name if door.perm else ""
            for whose in relations(door):
                codes = {column: code for w, column, code in found if w == whose}
                line = [door.name, door.method.upper(), needs + " again" * door.reauth, whose]
                out.writerow([*line, *(codes.get(column, "") for column in COLUMNS)])
