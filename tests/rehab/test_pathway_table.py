"""Every state of a step and everything that may be done to it."""

import pytest

from core.lib.states import StateError, next_state
from rehab.models import PathwayStep
from rehab.pathway_rules import OPEN, WAITING
from rehab.plan_rules import PATHWAY

STATES = PathwayStep.State.values
ACTIONS = ("decide", "drop", "reopen", *(f"find_{state}" for state in OPEN))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_state_by_action(state, action):
    """Open: found anew, decided, dropped. Dropped: begun again. Decided stays decided."""
    if state in OPEN:
        wanted = {"decide": "decided", "drop": "dropped", "reopen": None}.get(
            action, action.removeprefix("find_")
        )
    else:
        wanted = "not_yet" if (state, action) == ("dropped", "reopen") else None
    if wanted is None:
        with pytest.raises(StateError):
            next_state(PATHWAY, state, action)
    else:
        assert next_state(PATHWAY, state, action) == wanted


def test_the_table_names_no_other_state():
    assert set(PATHWAY.values()) | {state for state, _ in PATHWAY} == set(STATES)
    assert set(WAITING) < set(OPEN)
