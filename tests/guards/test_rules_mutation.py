"""Each line of the rules, taken out once, turns the matrix red; so does each line too many.

Permissions: every role × every permission of roles.py. Whose: every condition in mutants.py, a
sample in CI, all of them with --deep. What survives is named here with why, and nothing else may.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, Role
from tests.cast import NOW
from tests.guards import oracle, routes
from tests.guards.asking import Browsers
from tests.guards.mutants import MUTANTS, Mutant, broken
from tests.guards.people import OTHER_CLINIC, OWN, TEAM

pytestmark = pytest.mark.django_db
DOORS = {str(door): door for door in routes.doors()}
FILE = oracle.read()
# permissions that no route names: the door and the relation where they tell
ELSEWHERE = {
    Perm.CHART_VIEW: ("GET messaging:thread", TEAM),
}


def witnesses(perm: Perm, role: Role) -> Iterator[tuple[str, str]]:
    """(door, relation) whose cell of this role hangs on this permission; the quick ones first."""
    if perm in ELSEWHERE:
        yield ELSEWHERE[perm]
    named = [key for key, door in DOORS.items() if door.perm is perm]
    for key in sorted(named, key=lambda k: (DOORS[k].method != "get", "letter" in k)):
        whose = OWN if (key, OWN) in FILE and role in FILE[key, OWN] else OTHER_CLINIC
        yield key, whose


def survives(browsers: Browsers, perm: Perm, role: Role) -> bool:
    """Do all cells still stand as on file?"""
    for key, whose in witnesses(perm, role):
        if role not in FILE[key, whose]:
            continue
        answer = browsers.ask(DOORS[key], browsers.people.who(whose, role), whose)
        if answer.code != FILE[key, whose][role]:
            return False
    return True


@pytest.mark.parametrize("role", list(Role))
def test_every_permission_line_counts(
    role: Role, browsers: Browsers, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    kept, survivors = ROLES[role], []
    with time_machine.travel(NOW, tick=False):
        for perm in Perm:
            monkeypatch.setitem(ROLES, role, kept ^ {perm})  # taken away, or one too many
            if survives(browsers, perm, role):
                survivors.append(perm)
            monkeypatch.setitem(ROLES, role, kept)
    noted = {perm.name: excused(perm, role) or "?" for perm in survivors}
    record_property("figures", f"rules of {role}: {len(Perm)} lines changed, unnoticed {noted}")
    assert [perm for perm in survivors if not excused(perm, role)] == []


def excused(perm: Perm, role: Role) -> str:
    """Why no cell of this role can tell."""
    if perm is Perm.DISPOSITION_LOWER and role is not Role.PHYSICIAN:
        return "one too many alone lowers nothing: the call's flag is decided with it, FLAG_DECIDE"
    if perm is Perm.LIMIT_OVERRIDE:
        return "asked inside a booking: tests/intake/test_limits.py"
    if role is Role.PATIENT and perm is Perm.FLAG_DECIDE:
        return "the service asks for a physician of the clinic itself"
    if role is Role.PATIENT and perm is Perm.LIST_EXPORT:
        return "a file is of a list, and no list of the staff is theirs"
    if role is Role.PATIENT and perm in {Perm.CHART_VIEW, Perm.ROSTER_EDIT}:
        return "patients are in no thread of the staff, and no clinic is theirs to run"
    return ""


def noticed(mutant: Mutant, browsers: Browsers) -> str:
    """The first cell that differs from the table on file."""
    door = DOORS[mutant.door]
    with broken(mutant):
        for whose in mutant.whose:
            for role, code in FILE[mutant.door, whose].items():
                if role not in set(Role) or door.perm not in ROLES[Role(role)]:
                    continue
                answer = browsers.ask(door, browsers.people.who(whose, role), whose)
                if answer.code != code:
                    return f"{role}, {whose}: {answer.code} for {code}"
    return ""


# Conditions that no cell of the matrix can tell, and why.
UNNOTICED = {
    "Q(clinic_id__in=own) & Q(patient__isnull=True)": "the call's patient is of the call's clinic",
}
SAMPLE = MUTANTS if oracle.DEEP else MUTANTS[::3]


@pytest.mark.parametrize("mutant", SAMPLE, ids=str)
def test_every_condition_counts(mutant: Mutant, browsers: Browsers, record_property: Any) -> None:
    with time_machine.travel(NOW, tick=False):
        found = noticed(mutant, browsers)
    why = UNNOTICED.get(mutant.old, "?")
    record_property("figures", f"broken {mutant}: {found or f'unnoticed, {why}'}")
    assert found or mutant.old in UNNOTICED


def test_the_rules_as_they_are_go_unnoticed(browsers: Browsers) -> None:
    """The other half of the proof: nothing changed, nothing red."""
    same = Mutant("core.people.access.known_to", "Q(Exists(team))", "Q(Exists(team))",
                  "GET home:patient")  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        assert noticed(same, browsers) == ""
