"""One-time links that let somebody choose a password: a reset, an invitation.

The token is computed from the account when the mail leaves and stored nowhere. It ends after
PASSWORD_RESET_TIMEOUT, with the next sign-in, and when a password was chosen with it.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from core.accounts.models import User


def password_path(user: User) -> str:
    """The address, without the host, under which this person chooses a password."""
    return reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        },
    )
