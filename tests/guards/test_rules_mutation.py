"""Each line of the rules, taken out once, turns the matrix red; so does each line too many.

Permissions: every role × every permission of roles.py. Whose: every condition in mutants.py, a
sample in CI, all of them with --deep. What survives is named here with why, and nothing else may.
"""

from collections.abc import Iterator

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
ELSEWHERE = {Perm.CHART_VIEW: ("GET messaging:thread", TEAM), Perm.LIST_EXPORT: ("POST home:looks_file", OWN)}
NO_DOOR_YET = "the only files are of the audit trail, which this role does not read"


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
    role: Role, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, survivors = ROLES[role], []
    with time_machine.travel(NOW, tick=False):
        for perm in Perm:
            monkeypatch.setitem(ROLES, role, kept ^ {perm})  # taken away, or one too many
            if survives(browsers, perm, role):
                survivors.append(perm)
            monkeypatch.setitem(ROLES, role, kept)
    print(f"\n{role}: {len(Perm)} lines changed, {len(survivors)} unnoticed {survivors}")
    unused = [Perm.LIST_EXPORT] if role is not Role.MANAGER else []  # NO_DOOR_YET
    assert [p for p in survivors if p not in [*unused, *patients_have_no_chart(role)]] == []


def patients_have_no_chart(role: Role) -> list[Perm]:
    """A patient is in no thread of the staff and has no place on a team: nothing to tell by."""
    return [Perm.CHART_VIEW] if role is Role.PATIENT else []


def noticed(mutant: Mutant, browsers: Browsers) -> str:
    """The first cell that differs from the table on file."""
    door = DOORS[mutant.door]
    with broken(mutant):
        for whose in mutant.whose:
            for role, code in FILE[mutant.door, whose].items():
                if role not in set(Role) or code == 403:
                    continue
                answer = browsers.ask(door, browsers.people.who(whose, role), whose)
                if answer.code != code:
                    return f"{role}, {whose}: {answer.code} for {code}"
    return ""


# Conditions that no cell of the matrix can tell, and the story that does.
UNNOTICED = {
    "ended_at__isnull=True, ": "tests/core/test_cover.py: a cover ended early",
}
SAMPLE = MUTANTS if oracle.DEEP else MUTANTS[::3]


@pytest.mark.parametrize("mutant", SAMPLE, ids=str)
def test_every_condition_counts(mutant: Mutant, browsers: Browsers) -> None:
    with time_machine.travel(NOW, tick=False):
        found = noticed(mutant, browsers)
    print(f"\n{mutant}: {found or 'unnoticed'}")
    assert found or mutant.old in UNNOTICED


def test_the_rules_as_they_are_go_unnoticed(browsers: Browsers) -> None:
    """The other half of the proof: nothing changed, nothing red."""
    same = Mutant("core.people.access.known_to", "Q(Exists(granted))", "Q(Exists(granted))",
                  "GET home:patient")  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        assert noticed(same, browsers) == ""
