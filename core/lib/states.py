"""State machines as one table each: `{(state, action): next state}`."""

from collections.abc import Mapping

Transitions = Mapping[tuple[str, str], str]


class StateError(Exception):
    """The action does not fit the state; `str()` is a sentence for the person who tried."""


def next_state(table: Transitions, state: str, action: str) -> str:
    """The state after `action`. Raises StateError naming what is possible instead."""
    if (state, action) in table:
        return table[(state, action)]
    possible = sorted(a for s, a in table if s == state)
    what = ", ".join(a.replace("_", " ") for a in possible) or "nothing more"
    raise StateError(
        f"This is already “{state.replace('_', ' ')}”, so “{action.replace('_', ' ')}” "
        f"is not possible. Possible now: {what}."
    )
