"""A program's token is kept as a digest and ends; a draft is one person's, one a place."""

import datetime as dt

import pytest
import time_machine
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from core.accounts import codes
from core.accounts.devices import sign_out_everywhere
from core.accounts.factors import remove_factors
from core.accounts.models import ApiToken
from core.accounts.services import issue_token
from core.accounts.tokens import TokenAuthentication
from core.audit.models import AuditEvent
from core.work.models import Draft
from core.work.selectors import draft_text
from core.work.services import drop_draft, save_draft
from tests.cast import NOW
from tests.core.test_sign_in import KEY
from tests.factories.flags import after

pytestmark = pytest.mark.django_db


def signed_in(header, *, now=NOW):
    headers = {"HTTP_AUTHORIZATION": header} if header else {}
    with time_machine.travel(now, tick=False):
        found = TokenAuthentication().authenticate(APIRequestFactory().get("/", **headers))
    return found and found[0]


def refused(header, **more):
    with pytest.raises(AuthenticationFailed, match="not valid"):
        signed_in(header, **more)
    return True


def test_only_the_digest_is_kept(cast):
    token = issue_token(user=cast.ana, label="desk", by=cast.cole, now=NOW)
    row = ApiToken.objects.get()
    assert len(token) >= 40 and token not in str(ApiToken.objects.values())
    assert len(row.digest) == 64
    assert all(token not in str(e.__dict__) for e in AuditEvent.objects.all())
    assert signed_in(f"Token {token}") == cast.ana
    assert issue_token(user=cast.ana, label="desk", by=cast.cole, now=NOW) != token


def test_it_ends(cast):
    token = issue_token(user=cast.ana, label="desk", by=None, now=NOW, days=1)
    assert signed_in(f"Token {token}", now=after(24 * 60 - 1)) == cast.ana
    assert refused(f"Token {token}", now=after(24 * 60))


def test_revoked_or_of_somebody_gone_it_opens_nothing(cast):
    token = issue_token(user=cast.ana, label="desk", by=None, now=NOW)
    assert signed_in(f"token {token}") == cast.ana
    ApiToken.objects.update(revoked_at=NOW)
    assert refused(f"Token {token}")
    ApiToken.objects.update(revoked_at=None)
    cast.ana.is_active = False
    cast.ana.save()
    assert refused(f"Token {token}")


@pytest.mark.parametrize("step", [sign_out_everywhere, remove_factors])
def test_the_steps_after_something_was_stolen_revoke_it(cast, step):
    codes.enrol(user=cast.ana, secret=KEY)
    tokens = {p: issue_token(user=p, label="desk", by=None, now=NOW) for p in (cast.ana, cast.ben)}
    assert signed_in(f"Token {tokens[cast.ana]}") == cast.ana
    step(user=cast.ana, by=cast.cole, now=NOW)
    assert refused(f"Token {tokens[cast.ana]}")
    assert signed_in(f"Token {tokens[cast.ben]}") == cast.ben
    assert AuditEvent.objects.get(action="revoke_token").object_id == str(cast.ana.pk)


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token nonsense", "Token ü"])
def test_what_is_no_token(cast, header):
    assert refused(header)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer x"])
def test_other_ways_to_sign_in_are_left_to_others(cast, header):
    assert signed_in(header) is None


def test_a_digest_is_not_a_token(cast):
    issue_token(user=cast.ana, label="desk", by=None, now=NOW)
    assert refused(f"Token {ApiToken.objects.get().digest}")


def test_a_draft_is_saved_as_typed_and_is_ones_own(cast):
    for text, minutes in (("I th", 0), ("I think", 1)):
        save_draft(user=cast.amin, place="flag:1", text=text, now=after(minutes))
    save_draft(user=cast.novak, place="flag:1", text="No", now=NOW)
    assert draft_text(cast.amin, "flag:1") == "I think"
    assert draft_text(cast.novak, "flag:1") == "No"
    assert draft_text(cast.amin, "flag:2") == draft_text(cast.quist, "flag:1") == ""
    assert Draft.objects.get(user=cast.amin).saved_at == NOW + dt.timedelta(minutes=1)


def test_a_draft_that_was_sent_is_gone_and_the_other_persons_stays(cast):
    for person in (cast.amin, cast.novak):
        save_draft(user=person, place="flag:1", text="text", now=NOW)
    drop_draft(user=cast.amin, place="flag:1")
    drop_draft(user=cast.amin, place="flag:1")
    assert draft_text(cast.amin, "flag:1") == "" and draft_text(cast.novak, "flag:1") == "text"
