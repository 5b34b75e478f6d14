"""Every state × action pair of every table, and a page that shows them as they are."""

import pytest

from config import states
from core.lib.states import StateError, Transitions, next_state

TABLES = states.tables()
PAIRS = [
    (name, state, action)
    for name, table in TABLES.items()
    for state in states.states_of(table)
    for action in dict.fromkeys(action for _, action in table)
]


def spoken(word: str) -> str:
    return word.replace("_", " ")


def test_the_known_tables_are_found() -> None:
    known = {"messaging.rules.DELIVERY", "intake.call_rules.CALL", "intake.call_rules.FLAG"}
    assert known <= set(TABLES), "config/states.py no longer finds the state tables."


@pytest.mark.parametrize(("name", "state", "action"), PAIRS)
def test_every_pair(name: str, state: str, action: str) -> None:
    """A listed pair moves on; any other is refused with what is possible instead."""
    table = TABLES[name]
    if (state, action) in table:
        assert next_state(table, state, action) == table[(state, action)]
        return
    with pytest.raises(StateError) as refusal:
        next_state(table, state, action)
    sentence = str(refusal.value)
    assert f"“{spoken(state)}”" in sentence and f"“{spoken(action)}”" in sentence
    possible = [spoken(a) for s, a in table if s == state]
    assert all(word in sentence.split("Possible now: ")[1] for word in possible or ["nothing more"])


@pytest.mark.parametrize("name", TABLES)
def test_every_state_can_be_left_or_is_an_end(name: str) -> None:
    table: Transitions = TABLES[name]
    ends = set(table.values()) - {state for state, _ in table}
    assert ends, f"{name} never ends: no state is final."


def test_the_page_is_current() -> None:
    assert states.PAGE.exists() and states.PAGE.read_text() == states.page(), (
        "docs/states.md is not current: run script/states."
    )


def test_it_fails_when_a_table_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = TABLES | {"intake.call_rules.CALL": {("open", "vanish"): "gone"}}
    monkeypatch.setattr(states, "tables", lambda: changed)
    assert states.PAGE.read_text() != states.page()


def test_only_tables_of_words_count() -> None:
    assert states.is_table({("open", "close"): "closed"})
    assert not any(states.is_table(bad) for bad in ({}, {"a": "b"}, {("a", "b"): 1}, {("a",): "b"}))
