"""API sign-in by token."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.accounts.models import ApiToken, User
from core.accounts.services import digest_of
from core.lib.clock import now


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <token>` of an active user; one sentence for every way to be wrong."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"token":
            return None
        sentence = "This token is not valid. Ask a manager for a new one."
        if len(parts) != 2:
            raise AuthenticationFailed(sentence)
        token = (
            ApiToken.objects.select_related("user")
            .filter(
                digest=digest_of(parts[1].decode("utf-8", "replace")),
                revoked_at__isnull=True,
                expires_at__gt=now(),
                user__is_active=True,
            )
            .first()
        )
        if token is None:
            raise AuthenticationFailed(sentence)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    target_class = "core.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token <token>",
        }
