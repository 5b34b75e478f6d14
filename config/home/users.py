"""The people of a clinic, as its manager keeps them: invite, change, hand over, disable."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts.access import requires
from core.accounts.factors import second_factor_of
from core.accounts.lockout import locked_among
from core.accounts.models import User
from core.accounts.permissions import Perm
from core.accounts.roles import ROLES, STAFF, Role
from core.lib.clock import now
from core.lib.errors import Refused
from core.lib.forms import version_of
from core.lib.instants import read_day
from core.people.cover import carried_by, planned_for
from core.people.dates import today_at
from core.people.http import StaffRequest
from core.people.models import StaffMember
from core.people.services import staff
from core.people.staff import (
    PAGE,
    STATES,
    own_posts,
    person_for,
    possible_delegates,
    posts_for,
    staff_rows,
    state_of,
)
from intake.agenda import booked_with
from messaging.selectors.leaving import heirs, waiting_for
from messaging.services.leaving import change_person, disable, hand_over_all

ADMIN = requires(Perm.USER_ADMIN)
ADMIN_WRITES = requires(Perm.USER_ADMIN, reauth=True)


def role_choices() -> list[tuple[str, str, str]]:
    """(role, its name, what it may do beyond what everybody working here may), for the forms."""
    everybody = frozenset.intersection(*(ROLES[role] for role in STAFF))
    return [
        (str(role), role.replace("_", " ").capitalize(),
         "; ".join(sorted(perm.value for perm in ROLES[role] - everybody)))
        for role in STAFF
    ]  # fmt: skip


@ADMIN
@require_GET
def users(request: StaffRequest) -> HttpResponse:
    """Everybody at the manager's clinics, by name. Staff only: no patient is on this list."""
    at = now()
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("q", "role", "state")}
    name, _, post = request.GET.get("after", "").rpartition("|")
    after = (name, post) if name and uuid_or_none(post) else None
    rows = staff_rows(
        request.user, now=at, text=asked["q"], role=asked["role"], state=asked["state"], after=after
    )
    last = rows[-1] if len(rows) == PAGE else None
    return render(
        request,
        "home/users.html",
        {
            "rows": rows,
            "asked": asked,
            "roles": [(str(r), r.replace("_", " ").capitalize()) for r in STAFF],
            "states": STATES,
            "older": f"{last.full_name}|{last.post_id}" if last else "",
        },
    )


def uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


TYPED = ("email", "full_name", "credentials", "phone", "partner_practice", "clinic", "to_on")


def typed_in(request: StaffRequest, prefix: str = "") -> dict[str, Any]:
    """The fields of the form; with “was_” what stood in them when it was shown."""
    said = request.POST
    fields: dict[str, Any] = {name: said.get(prefix + name, "").strip()[:254] for name in TYPED}
    return fields | {"roles": said.getlist(f"{prefix}roles")}


def particulars_in(typed: dict[str, Any]) -> staff.Particulars:
    names = ("full_name", "credentials", "phone", "partner_practice")
    return staff.Particulars(
        roles=typed["roles"],
        to_on=read_day(typed["to_on"]) if typed["to_on"] else None,
        **{name: typed[name] for name in names},
    )


@ADMIN_WRITES
@require_http_methods(["GET", "POST"])
def invite(request: StaffRequest) -> HttpResponse:
    """Somebody new: the form, and what was typed again when something is missing."""
    at, problem = now(), ""
    typed = typed_in(request)
    posts = list(own_posts(request.user, now=at).select_related("clinic"))
    if request.method == "POST":
        clinic = next((p.clinic for p in posts if str(p.clinic_id) == typed["clinic"]), None)
        try:
            if clinic is None:
                raise Refused("Choose one of your own clinics.")
            user = staff.invite(
                clinic=clinic,
                email=typed["email"],
                full_name=typed["full_name"],
                roles=typed["roles"],
                credentials=typed["credentials"],
                phone=typed["phone"],
                partner_practice=typed["partner_practice"],
                by=request.user,
                now=at,
            )
            messages.success(request, f"{user.full_name} is invited. The mail leaves in a minute.")
            return redirect("home:user", user.pk)
        except Refused as refusal:
            problem = str(refusal)
    context = {
        "typed": typed,
        "problem": problem,
        "roles": role_choices(),
        "clinics": [(str(p.clinic_id), p.clinic.name) for p in posts],
    }
    return render(request, "home/user_invite.html", context, status=422 if problem else 200)


@ADMIN
@require_GET
def user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    return person_page(request, person_for(request.user, pk, now=now()))


def chosen_post(request: StaffRequest, person: User) -> tuple[StaffMember, list[StaffMember]]:
    """The post the page is about, and all of the person's posts at the manager's clinics."""
    posts = posts_for(request.user, person, now=now())
    asked = request.POST.get("post") or request.GET.get("post", "")
    here = request.clinic.pk if request.clinic else None
    first = next((p for p in posts if p.clinic_id == here), posts[0])
    return next((p for p in posts if str(p.pk) == asked), first), posts


def person_page(request: StaffRequest, person: User, **more: Any) -> HttpResponse:
    """One person; `more`: typed and problem of a form that came back."""
    at = now()
    post, posts = chosen_post(request, person)
    today = today_at(post.clinic.zone, now=at)
    context = {
        "person": person,
        "post": post,
        "posts": posts,
        "state": state_of(person, post, now=at),
        "own": person.pk == request.user.pk,
        "roles": role_choices(),
        "second_factor": second_factor_of(person),
        "locked": bool(locked_among([person], now=at)),
        "covers": planned_for(person, post.clinic, on=today),
        "carries": carried_by(person, post.clinic, on=today),
        "delegates": possible_delegates(person, post.clinic, now=at),
        "today": today,
        "tokens": person.tokens.order_by("-created_at")[:20],
        "typed": None,
        "problem": "",
    }
    return render(
        request, "home/user.html", context | more, status=422 if more.get("problem") else 200
    )


@ADMIN_WRITES
@require_POST
def change_user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    person = person_for(request.user, pk, now=at)
    post, _ = chosen_post(request, person)
    typed, was = typed_in(request), typed_in(request, "was_")
    try:
        wanted = particulars_in(typed)
        change_person(
            post=post,
            wanted=wanted,
            shown=particulars_in(was) if was["full_name"] else None,
            version=version_of(request),
            by=request.user,
            now=at,
        )
    except Refused as refusal:
        return person_page(request, person, typed=typed, was=was, problem=str(refusal))
    last = wanted.to_on
    left = booked_with(person, now=at, clinic=post.clinic, after=last) if last else 0
    rest = " They have visits booked after that day: each is the desk’s to move." if left else ""
    messages.success(request, f"Saved.{rest}")
    return redirect("home:user", pk)


@ADMIN
@require_GET
def leaving(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    """What somebody has in hand, and who can take it; when nothing is left, the end."""
    at = now()
    person = person_for(request.user, pk, now=at)
    return render(
        request,
        "home/user_leaving.html",
        {
            "person": person,
            "waiting": waiting_for(person, now=at),
            "visits": booked_with(person, now=at),
            "heirs": heirs(request.user, person, now=at),
            "stands_on_call": Role.PHYSICIAN in person.roles,
        },
    )


@ADMIN_WRITES
@require_POST
def hand_over(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    person = person_for(request.user, pk, now=at)
    chosen = uuid_or_none(request.POST.get("heir", ""))
    heir = next((u for u in heirs(request.user, person, now=at) if u.pk == chosen), None)
    if heir is None:
        raise Refused("Choose who takes everything over.")
    keep = request.POST.get("shifts") != "remove"
    done = hand_over_all(user=person, heir=heir, keep_shifts=keep, by=request.user, now=at)
    messages.success(request, done.sentence(heir))
    return redirect("home:user_leaving", pk)


@ADMIN_WRITES
@require_POST
def disable_user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    person = person_for(request.user, pk, now=at)
    disable(user=person, by=request.user, now=at)
    messages.success(request, f"{person.full_name} is disabled. Every session has ended.")
    return redirect("home:user", pk)


@ADMIN_WRITES
@require_POST
def enable_user(request: StaffRequest, pk: uuid.UUID) -> HttpResponse:
    at = now()
    person = person_for(request.user, pk, now=at)
    post, _ = chosen_post(request, person)
    staff.start_again(user=person, clinic=post.clinic, by=request.user, now=at)
    messages.success(request, f"{person.full_name} can sign in again.")
    return redirect("home:user", pk)
