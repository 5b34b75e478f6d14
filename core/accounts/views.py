"""Signing in and one's own sign-in, where allauth's views do not do it alone."""

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.accounts import codes, sessions
from core.accounts.access import OwnRequest, own_account, public
from core.accounts.devices import devices_of, end_device
from core.accounts.devices import sign_out_everywhere as end_all
from core.accounts.forms import SEALED
from core.lib.clock import now

OWN = "one's own sign-in, whatever the role"


@public("anyone may leave")
def sign_out(request: HttpRequest) -> HttpResponse:
    """The browser forgets what it kept, so Back shows nothing. Cookies stay: the theme is none."""
    response: HttpResponse = account.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@own_account("says how long one stays signed in", before_factor=True)
@require_http_methods(["GET", "POST"])
def session(request: OwnRequest) -> HttpResponse:
    """GET asks (as background, so it extends nothing), POST is “Stay signed in”."""
    left = sessions.left(request.session, staff=request.user.is_staff_member, now=now())
    return JsonResponse({"ends_in": int(left.total_seconds())})


@own_account(OWN, reauth=True)
def change_password(request: OwnRequest) -> HttpResponse:
    """Who never chose one gets it by mail, like everybody without one."""
    if not request.user.has_usable_password():
        return redirect("account_reset_password")
    response: HttpResponse = account.password_change(request)
    return response


@own_account(OWN)
@require_GET
def own_sign_in(request: OwnRequest) -> HttpResponse:
    """What one signs in with, and where one is signed in."""
    return render(
        request,
        "mfa/index.html",
        {
            "with_code": codes.has_factor(request.user),
            "codes_left": codes.codes_left(request.user),
            "devices": devices_of(request.user, this=request.session.session_key),
        },
    )


@own_account("nobody has a second factor before this page", reauth=True, before_factor=True)
@require_http_methods(["GET", "POST"])
@transaction.atomic
def set_up_phone(request: OwnRequest) -> HttpResponse:
    """The first right code switches it on; this session has passed a second factor with it."""
    had = codes.has_factor(request.user)
    response: HttpResponse = totp.activate_totp(request)
    if not had and codes.has_factor(request.user):
        codes.use_up(user=request.user, now=now())
        request.session[sessions.FACTOR] = now().timestamp()
        request.session.pop(SEALED, None)
    return response


@own_account(OWN, reauth=True)
@require_http_methods(["GET", "POST"])
@transaction.atomic
def remove_phone(request: OwnRequest) -> HttpResponse:
    response: HttpResponse = totp.deactivate_totp(request)
    return response


@own_account(OWN)
@require_POST
def end_session(request: OwnRequest, pk: int) -> HttpResponse:
    end_device(user=request.user, pk=pk, now=now())
    messages.success(request, "Signed out there.")
    return redirect("mfa_index")


@own_account(OWN)
@require_POST
def sign_out_everywhere(request: OwnRequest) -> HttpResponse:
    end_all(user=request.user, by=request.user, now=now())
    request.session.flush()
    response = redirect("account_login")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
