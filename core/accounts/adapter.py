"""Sign-in policy that allauth asks for."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts are made by the clinic, never by a stranger."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home:start")

    def add_message(self, *args: object, **kwargs: object) -> None:
        """No "successfully signed in" notes: they only stand in the way of the first red flag."""
