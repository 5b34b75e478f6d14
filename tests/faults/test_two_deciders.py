"""Two browsers decide about one delivery at once: one decides, the other is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.audit.models import AuditEvent
from messaging.models import Delivery
from tests.faults.stack import Stack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(60)]


def test_retry_and_cancel_at_once_is_one_of_them(stack: Stack, figures) -> None:
    rows = stack.nudge(15)
    Delivery.objects.update(state="uncertain", settled_at="2026-01-01T00:00Z")
    with stack.web() as web, ThreadPoolExecutor(2) as pool:
        browsers = [web.visitor(stack.cast.cole) for _ in range(2)]
        for pk in rows:
            posts = [
                pool.submit(
                    browser.post,
                    f"/deliveries/{pk}/settle",
                    action=action,
                    reason="at the same time",
                    version="1",
                )
                for browser, action in zip(browsers, ("retry", "cancel"), strict=True)
            ]
            assert sorted(post.result().status for post in posts) == [302, 409]
    decided = AuditEvent.objects.filter(object_kind="delivery", action__startswith="delivery_")
    assert decided.count() == len(rows)
    assert set(stack.states()) <= {"pending", "cancelled"}
    assert set(Delivery.objects.values_list("version", flat=True)) == {2}
    figures(fault="F17", lost=0, duplicate=decided.count() - len(rows), silent=0)
