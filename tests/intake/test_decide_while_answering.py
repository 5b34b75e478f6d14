"""A physician decides in the very moment the front desk saves the next answer: both succeed."""

import pytest
from django.db import Error

from intake.models import CallAnswer, RedFlag
from intake.services.answers import save_answer
from intake.services.flags import decide_flag
from tests.factories.flags import after
from tests.factories.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_neither_waits_for_the_other_for_ever(cast, new_call):
    for _ in range(6):
        call = new_call(Q2="yes")
        flag = RedFlag.objects.get(call=call)

        def act(turn, call=call, flag=flag):
            if turn:
                return save_answer(call=call, question="Q9", answer="yes", flags=[], by=cast.ana,
                                   now=after(1))  # fmt: skip
            return decide_flag(flag=flag, decision="change", to="urgent_24_72h", reason="Known.",
                               release_hold=False, by=cast.amin, now=after(1))  # fmt: skip

        found = race(act, runners=2)
        assert not [outcome for outcome in found if isinstance(outcome, Error)], found
        assert RedFlag.objects.get(pk=flag.pk).state == "decided"
        assert CallAnswer.objects.filter(call=call, question="Q9").exists()
