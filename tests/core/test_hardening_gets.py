"""Looking changes nothing: a GET of any page by anybody leaves every row as it was.

Left out are the rows that say somebody looked: the audit trail, sessions, the cache, the counts.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from intake.models import RedFlag
from intake.selectors import witnesses
from messaging.models import Recipient
from tests.cast import NOW, Cast
from tests.guards import routes
from tests.guards.test_access import INSIDERS, OUTSIDERS
from tests.guards.world import World

pytestmark = pytest.mark.django_db
AsUser = Callable[[Any], Client]
LOOKS = ("audit_", "django_session", "usersessions_", "cache_rows", "work_ratecount")


def tables() -> list[str]:
    names = connection.introspection.table_names()
    return [name for name in sorted(names) if not name.startswith(LOOKS)]


def rows() -> dict[str, str]:
    """table → a digest of all its rows, in one question."""
    one = (
        "SELECT '{0}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{0}\" t"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(name) for name in tables()))
        return dict(cursor.fetchall())


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name in after if before.get(name) != after[name]]


@pytest.fixture
def world(cast: Cast) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield World(cast)


def gets() -> list[routes.Door]:
    return [door for door in routes.doors() if door.method == "get"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", [*INSIDERS.values(), *OUTSIDERS])
def test_a_walk_over_every_page_leaves_the_rows_alone(
    who: str, world: World, as_user: AsUser
) -> None:
    user = getattr(world.cast, who)
    browser = as_user(user)
    browser.get("/me/")  # whatever a first page sets up is there
    addresses = {d.name: reverse(d.name, kwargs=world.ids(d.name, d.takes, user)) for d in gets()}
    before = rows()
    with transaction.atomic():
        codes = [browser.get(address).status_code for address in addresses.values()]
        differ = changed(before, rows())
        transaction.set_rollback(True)
    culprits = []
    for name, address in addresses.items() if differ else ():  # once more, to say which page it was
        browser.get(address)
        now_there = rows()
        culprits += [f"{name} changed {table}" for table in changed(before, now_there)]
        before = now_there
    assert not differ, f"as {who}: {culprits or differ}"
    assert codes.count(200) > (0 if who == "daniel" else 8), "The walk opens no page any more."


def test_the_comparison_sees_a_change(world: World) -> None:
    before = rows()
    assert len(before) > 30 and changed(before, rows()) == []
    Recipient.objects.filter(user=world.cast.amin).update(read_at=NOW)
    assert changed(before, rows()) == ["messaging_recipient"]


def test_opening_a_thread_is_noted_by_the_page_itself(world: World, as_user: AsUser) -> None:
    mine = Recipient.objects.filter(message__thread=world.thread, user=world.cast.ruiz)
    browser, address = as_user(world.cast.ruiz), f"/threads/{world.thread.pk}/"
    page = browser.get(address)
    assert mine.get().read_at is None
    assert f'hx-post="{address}read" hx-trigger="load, submit"'.encode() in page.content
    assert b"Mark as read" in page.content  # the button for a browser without scripts
    noted = browser.post(f"{address}read", headers={"HX-Request": "true"})
    assert b"Marked as read at 15:00" in noted.content and b'id="inbox-badge"' in noted.content
    assert mine.get().read_at == NOW
    assert b"Mark as read" not in browser.get(address).content
    assert browser.post(f"{address}read").status_code == 302  # the button
    assert as_user(world.cast.zoe).post(f"{address}read").status_code == 404


def test_who_saw_a_flag_when_stays_right(world: World, as_user: AsUser) -> None:
    flag: RedFlag = world.flag
    browser, address = as_user(world.cast.amin), f"/flags/{flag.pk}/"

    def opened(name: str) -> Any:
        return {w.name: w.read_at for w in witnesses(flag)}.get(name, "not told")

    page = browser.get(address)
    assert f'hx-post="{address}seen"'.encode() in page.content
    assert opened("Leila Amin") is None
    browser.post(f"{address}seen", headers={"HX-Request": "true"})
    assert opened("Leila Amin") == NOW
    assert b"Note that I opened it" not in browser.get(address).content
    ana = as_user(world.cast.ana)  # she raised it and was told nothing: nothing to note
    assert b"Note that I opened it" not in ana.get(address).content
    ana.post(f"{address}seen")
    assert opened("Ana Flores") == "not told"
    assert as_user(world.cast.zoe).post(f"{address}seen").status_code == 404
