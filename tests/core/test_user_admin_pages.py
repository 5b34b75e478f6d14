"""The users' pages: what a manager does there, and who is kept out."""

import datetime as dt
import re
from uuid import uuid4

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.urls import reverse

from core.accounts import lockout
from core.accounts.models import ApiToken, User
from core.accounts.services import give_token
from core.audit.models import AuditEvent
from core.lib.errors import Forbidden
from core.people.models import Delegation, StaffMember
from messaging.services.threads import start_thread
from tests.cast import NOW
from tests.sessions import age_authentication

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(cast, as_user):
    return as_user(cast.cole)


def address(name, *args):
    return reverse(f"home:{name}", args=args)


def text(response, code=200):
    assert response.status_code == code, response.content.decode()[:600]
    return response.content.decode()


def form_of(person, **more):
    return {"version": person.version, "full_name": person.full_name, "roles": person.roles} | more


def test_the_hub_and_the_list(cast, manager):
    assert address("users") in text(manager.get(address("manage")))
    page = text(manager.get(address("users")))
    assert "Ana Flores" in page and "Northside Physical Therapy" in page
    assert "Zoe Other" not in page and "Okafor" not in page
    page = text(manager.get(address("users"), {"q": "novak", "role": "physician"}))
    assert "Paul Novak" in page and "Ana Flores" not in page
    assert "Nobody like that" in text(manager.get(address("users"), {"state": "disabled"}))
    text(manager.get(address("users"), {"role": "x", "state": "x", "after": "x|y"}))


@pytest.mark.parametrize("name", ["ana", "amin", "park", "berg"])
def test_others_are_kept_out(cast, as_user, name):
    browser = as_user(getattr(cast, name))
    for page in (address("manage"), address("users"), address("user", cast.ben.pk)):
        assert browser.get(page).status_code == 403
    assert address("manage") not in text(browser.get(address("today")))


def test_another_clinics_manager_finds_nobody(cast, as_user):
    mora = as_user(cast.mora)
    assert mora.get(address("user", cast.ben.pk)).status_code == 404
    for name in ("change_user", "disable_user", "reset_factor", "unlock_user"):
        assert mora.post(address(name, cast.ben.pk)).status_code == 404
    assert as_user(cast.cole).get(address("user", cast.ben.pk)).status_code == 200
    assert as_user(cast.cole).get(address("user", cast.daniel.pk)).status_code == 404  # a patient


def test_inviting_keeps_what_was_typed_and_then_invites(cast, manager):
    typed = {"email": "nina@riverside.example", "full_name": "Nina Roth", "phone": "12",
             "roles": ["therapist"], "clinic": str(cast.riverside.pk)}  # fmt: skip
    page = text(manager.post(address("invite"), typed), 422)
    assert "phone number" in page and 'value="Nina Roth"' in page and "checked" in page
    typed |= {"phone": "", "clinic": str(cast.lakeside.pk)}
    assert "your own clinics" in text(manager.post(address("invite"), typed), 422)
    typed["clinic"] = str(cast.riverside.pk)
    response = manager.post(address("invite"), typed)
    nina = User.objects.get(email="nina@riverside.example")
    assert response.url == address("user", nina.pk)
    page = text(manager.get(response.url))
    assert "Invited" in page and "Send the invitation again" in page
    assert manager.post(address("invite_again", nina.pk)).status_code == 302
    assert "chose a password" not in page


def test_writes_ask_who_it_is_and_keep_the_form(cast, manager):
    age_authentication(manager)
    sent = form_of(cast.ana, full_name="Ana Ruiz")
    page = text(manager.post(address("change_user", cast.ana.pk), sent), 403)
    assert "Ana Ruiz" in page and "Confirm it is you" in page
    cast.ana.refresh_from_db()
    assert cast.ana.full_name == "Ana Flores"
    assert manager.get(address("user", cast.ana.pk)).status_code == 200  # reading does not ask


def test_a_changed_role_puts_the_person_out_at_once(cast, manager, as_user):
    ana = as_user(cast.ana)
    assert ana.get(address("today")).status_code == 200
    sent = form_of(cast.ana, roles=["front_desk", "coordinator"])
    assert manager.post(address("change_user", cast.ana.pk), sent).status_code == 302
    assert ana.get(address("today")).status_code == 302  # to sign-in
    stale = text(
        manager.post(address("change_user", cast.ana.pk), sent | {"roles": "manager"}), 409
    )
    assert "coordinator" in stale and "Ana Flores was changed" in stale
    page = text(
        manager.post(address("change_user", cast.ana.pk), form_of(cast.ana, version="")), 422
    )
    assert "incomplete" in page


def fields_of(page):
    """Every field of the form as the browser would send it untouched."""
    form = page[page.index("/change") :]
    form = form[: form.index("</form>")]
    sent = {}
    for tag in re.findall(r"<input[^>]+>", form):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" or tag.count(" checked"):
            sent.setdefault(said["name"], []).append(said.get("value", ""))
    return sent


def test_of_a_stale_form_only_what_was_changed_in_it_is_saved(cast, manager):
    """Two managers: one gave her a phone number, the other corrects her name meanwhile."""
    stale = fields_of(text(manager.get(address("user", cast.ana.pk))))
    assert stale["was_roles"] == stale["roles"] == ["front_desk"]
    fresh = stale | {"phone": ["312 555 0177"]}
    assert manager.post(address("change_user", cast.ana.pk), fresh).status_code == 302
    stale |= {"full_name": ["Ana Flores-Ruiz"], "form_key": [str(uuid4())]}
    page = text(manager.post(address("change_user", cast.ana.pk), stale), 409)
    assert "Flores-Ruiz" in page and "0177" not in page[page.index("not saved") :].split("<form")[0]
    again = page[page.index("<form") : page.index("Save mine all the same")]
    sent = {}
    for name, value in re.findall(r'name="([\w-]+)" value="([^"]*)"', again):
        sent.setdefault(name, []).append(value)
    assert manager.post(address("change_user", cast.ana.pk), sent).status_code == 302
    cast.ana.refresh_from_db()
    assert cast.ana.full_name == "Ana Flores-Ruiz" and cast.ana.phone == "+13125550177"
    assert cast.ana.roles == ["front_desk"]


def test_oneself_is_shown_without_the_doors(cast, manager):
    page = text(manager.get(address("user", cast.cole.pk)))
    assert "Another manager can change your own roles" in page
    assert address("user_leaving", cast.cole.pk) not in page
    sent = form_of(cast.cole, roles=["manager", "physician"])
    assert "own roles" in text(manager.post(address("change_user", cast.cole.pk), sent), 422)
    assert "disable yourself" in text(manager.post(address("disable_user", cast.cole.pk)), 422)


def test_leaving_shows_what_is_left_and_hands_it_over(cast, manager, as_user):
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="x", body="x", to=[cast.amin],
                 by=cast.park, now=NOW, dedupe_key="k", asks=True)  # fmt: skip
    page = text(manager.get(address("user_leaving", cast.amin.pk)))
    assert "Open work that is theirs" in page and "On-call shifts" in page
    assert "Grace Mbeki" in page and "Ana Flores" not in page
    assert "work in hand" in text(manager.post(address("disable_user", cast.amin.pk)), 422)
    hand = address("user_hand_over", cast.amin.pk)
    assert "Choose who" in text(manager.post(hand, {"heir": str(cast.ana.pk)}), 422)
    manager.post(hand, {"heir": str(cast.mbeki.pk), "shifts": "take"})
    assert "Nothing is left" in text(manager.get(address("user_leaving", cast.amin.pk)))
    amin = as_user(cast.amin)
    assert manager.post(address("disable_user", cast.amin.pk)).status_code == 302
    assert amin.get(address("today")).status_code == 302
    assert "Disabled" in text(manager.get(address("user", cast.amin.pk)))
    assert "Leila Amin" in text(manager.get(address("users"), {"state": "disabled"}))
    assert manager.post(address("enable_user", cast.amin.pk)).status_code == 302
    assert StaffMember.objects.get(user=cast.amin).to_on is None


def test_a_token_is_ones_own_shown_once_and_revoked(cast, manager, client, as_user):
    """It acts as its person, so nobody issues one for somebody else; a manager may revoke it."""
    ana, new = as_user(cast.ana), reverse("home:issue_token")
    page = text(ana.post(new, {"label": "desk", "days": "30"}))
    token = page.partition('<code class="secret">')[2].partition("<")[0]
    headers = {"Authorization": f"Token {token}"}
    chart = reverse("api_patient", args=[cast.okafor.pk])
    assert client.get(chart, headers=headers).status_code == 200
    assert token not in text(ana.get(reverse("home:tokens")))
    assert "in use" in text(ana.post(new, {"label": "desk", "days": "30"}), 422)
    for days in ("", "3650", "x", "٣"):
        assert ana.post(new, {"label": "y", "days": days}).status_code == 422
    with pytest.raises(Forbidden, match="Only Ana Flores"):
        give_token(user=cast.ana, label="z", days=30, by=cast.cole, now=NOW)
    row = ApiToken.objects.get()
    assert (
        as_user(cast.ben).post(reverse("home:revoke_own_token", args=[row.pk])).status_code == 404
    )
    assert manager.post(address("revoke_token", cast.ben.pk, row.pk)).status_code == 404
    assert client.get(chart, headers=headers).status_code == 200
    assert manager.post(address("revoke_token", cast.ana.pk, row.pk)).status_code == 302
    assert client.get(chart, headers=headers).status_code == 401
    done = AuditEvent.objects.filter(object_id=str(cast.ana.pk)).values_list("action", flat=True)
    assert {"issue_token", "revoke_token"} <= set(done)


def test_a_lost_phone_and_a_lockout(cast, manager):
    Authenticator.objects.create(user=cast.ana, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "Lost phone" in text(manager.get(address("user", cast.ana.pk)))
    epoch = cast.ana.session_epoch
    assert manager.post(address("reset_factor", cast.ana.pk)).status_code == 302
    cast.ana.refresh_from_db()
    assert cast.ana.session_epoch == epoch + 1 and not Authenticator.objects.exists()
    assert "no second factor" in text(manager.post(address("reset_factor", cast.ana.pk)), 422)
    for _ in range(5):
        with lockout.turn(cast.ana.email):
            lockout.count(cast.ana.email, now=NOW)
    assert "Locked out" in text(manager.get(address("users")))
    assert "Unlock" in text(manager.get(address("user", cast.ana.pk)))
    assert manager.post(address("unlock_user", cast.ana.pk)).status_code == 302
    assert not lockout.is_locked(cast.ana.email, now=NOW)


def test_cover_on_ones_own_page_and_on_the_managers(cast, manager, as_user):
    amin = as_user(cast.amin)
    page = text(amin.get(address("cover")))
    assert "Paul Novak" in page and "Ana Flores" not in page
    today, later = NOW.date(), NOW.date() + dt.timedelta(days=3)
    wrong = {
        "delegate": str(cast.novak.pk),
        "from_on": later.isoformat(),
        "to_on": today.isoformat(),
    }
    page = text(amin.post(address("cover"), wrong), 422)
    assert "before the first" in page and later.isoformat() in page
    right = wrong | {"from_on": today.isoformat(), "to_on": later.isoformat()}
    assert amin.post(address("cover"), right).status_code == 302
    assert "Paul Novak" in text(manager.get(address("user", cast.amin.pk)))
    assert "For <strong>Leila Amin" in text(as_user(cast.novak).get(address("cover")))
    row = Delegation.objects.get()
    for person in (cast.novak, cast.quist):
        assert as_user(person).post(address("end_cover", row.pk)).status_code == 404
    assert manager.post(address("end_user_cover", cast.ana.pk, row.pk)).status_code == 404
    assert manager.post(address("end_user_cover", cast.amin.pk, row.pk)).status_code == 302
    assert manager.post(address("cover_user", cast.amin.pk), right).status_code == 302
    row = Delegation.objects.get(ended_at=None)
    assert row.set_by == cast.cole
    assert amin.post(address("end_cover", row.pk)).status_code == 302


def test_todays_work_and_the_inbox_say_for_whom(cast, as_user):
    start_thread(clinic=cast.riverside, patient=cast.okafor, title="Phone him", body="x",
                 to=[cast.amin], by=cast.park, now=NOW, dedupe_key="k", asks=True)  # fmt: skip
    Delegation.objects.create(user=cast.amin, delegate=cast.novak, clinic=cast.riverside,
                              from_on=NOW.date(), to_on=NOW.date(), set_by=cast.amin,
                              set_at=NOW)  # fmt: skip
    novak = as_user(cast.novak)
    page = text(novak.get(address("today")))
    assert "You cover for Leila Amin" in page and "Close it" in page
    page = text(novak.get(reverse("messaging:inbox")))
    assert "covering for Leila Amin" in page
    row = cast.amin.inbox.get()
    assert novak.get(reverse("messaging:inbox_row", args=[row.pk]), follow=True).status_code == 200
    assert "You cover" not in text(as_user(cast.mbeki).get(address("today")))
