"""Fixtures every story shares."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import cast as casting
from tests.cast import Cast


@pytest.fixture(scope="session", autouse=True)
def own_media(tmp_path_factory: Any) -> Iterator[None]:
    """Documents of tests lie in a folder of the run, for this process and those it starts."""
    from django.conf import settings

    folder = str(tmp_path_factory.mktemp("media"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MEDIA_ROOT", folder)
        patch.setenv("MEDIA_ROOT", folder)
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    """Both clinics and everyone in them; time stands at `tests.cast.NOW` in service calls."""
    return casting.assemble()


@pytest.fixture
def as_user(client: Any) -> Callable[[Any], Any]:
    """A browser signed in as somebody: `as_user(cast.ana).get("/today/")`."""
    from django.test import Client

    from tests.sessions import sign_in

    return lambda user: sign_in(Client(), user)


@pytest.fixture
def new_call(cast: Cast) -> Callable[..., Any]:
    """`new_call(by=cast.ana)` starts a call; answers as `Q2="yes"`, the rest as `others="no"`."""
    from intake.services.answers import save_answer
    from intake.services.calls import start_call

    def start(*, by: Any = None, now: Any = casting.NOW, others: str = "", **answers: str) -> Any:
        by = by or cast.ana
        call = start_call(
            clinic=cast.riverside, by=by, now=now, form_key=uuid.uuid4(), phone="312 555 0188"
        )
        given = {f"Q{n}": others for n in range(1, 13) if others} | answers
        for question, value in given.items():
            answer, _, flag = value.partition(":")
            call, _ = save_answer(
                call=call,
                question=question,
                answer=answer,
                flags=flag.split(",") if flag else [],
                by=by,
                now=now,
            )
        return call

    return start


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What a test noted with `record_property("figures", …)` is printed, from every process."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, words in report.user_properties if report.when == "call" else ():
                if name == "figures":
                    terminalreporter.write_line(words)
