"""Sign-in routes: the few of allauth's that are open, each with its reason."""

from allauth.account import views
from django.urls import path

from core.accounts.access import public

SIGN_IN = public("signing in comes before having a role")
urlpatterns = [
    path("sign-in/", SIGN_IN(views.login), name="account_login"),
    path("sign-out/", public("anyone may leave")(views.logout), name="account_logout"),
    path(
        "sign-up/",
        public("says that accounts are made by the clinic")(views.signup),
        name="account_signup",
    ),
    path("account-inactive/", SIGN_IN(views.account_inactive), name="account_inactive"),
    path("password/reset/", SIGN_IN(views.password_reset), name="account_reset_password"),
    path(
        "password/reset/done/",
        SIGN_IN(views.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/key/<uidb36>-<key>/",
        SIGN_IN(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        SIGN_IN(views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]
