"""Sign-in routes: the few of allauth's that are open, each with its reason."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path, re_path

from core.accounts import views
from core.accounts.access import own_account, public

SIGN_IN = public("signing in comes before having a role")
OWN = own_account("one's own sign-in, whatever the role", reauth=True)
urlpatterns = [
    path("sign-in/", SIGN_IN(account.login), name="account_login"),
    path("sign-in/code/", SIGN_IN(factors.authenticate), name="mfa_authenticate"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path(
        "sign-up/",
        public("says that accounts are made by the clinic")(account.signup),
        name="account_signup",
    ),
    path("account-inactive/", SIGN_IN(account.account_inactive), name="account_inactive"),
    path("password/reset/", SIGN_IN(account.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        SIGN_IN(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(  # the key has a hyphen of its own: <uidb36> ends at the first
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        SIGN_IN(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        SIGN_IN(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    # one's own sign-in
    path("me/sign-in/", views.own_sign_in, name="mfa_index"),
    path("me/sign-in/phone/", views.set_up_phone, name="mfa_activate_totp"),
    path("me/sign-in/phone/remove/", views.remove_phone, name="mfa_deactivate_totp"),
    path("me/sign-in/codes/", OWN(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "me/sign-in/codes/new/",
        OWN(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("me/sign-in/password/", views.change_password, name="account_change_password"),
    path("me/sign-in/sessions/<int:pk>/end", views.end_session, name="end_session"),
    path("me/sign-in/sessions/end", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("session/", views.session, name="session"),
]
