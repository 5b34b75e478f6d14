"""A state machine is one table; what does not fit is said in words."""

import pytest

from core.lib.states import StateError, next_state
from intake.call_rules import CALL, FLAG
from messaging.rules import DELIVERY


def test_a_step_and_a_misstep():
    assert next_state(CALL, "waiting", "reach") == "open"
    with pytest.raises(StateError) as error:
        next_state(CALL, "open", "reach")
    sentence = str(error.value)
    assert "already “open”" in sentence and "Possible now: close, hang up" in sentence
    with pytest.raises(StateError, match="Possible now: nothing more"):
        next_state(CALL, "closed", "hang_up")


@pytest.mark.parametrize(
    ("table", "starts", "ends"),
    [(CALL, {"waiting"}, {"closed"}), (FLAG, {"new"}, {"decided"}),
     (DELIVERY, {"pending", "waiting"}, {"sent", "cancelled"})],  # a letter to print waits at once
)  # fmt: skip
def test_every_state_is_reached_and_leads_to_an_end(table, starts, ends):
    reached, todo = set(starts), list(starts)
    while todo:
        state = todo.pop()
        for (source, _), target in table.items():
            if source == state and target not in reached:
                reached.add(target)
                todo.append(target)
    assert reached == {s for s, _ in table} | set(table.values())
    assert {s for s in reached if not any(source == s for source, _ in table)} == ends
