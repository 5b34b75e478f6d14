"""People who sign in, and the tokens of programs that act for them."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.accounts.permissions import Perm
from core.accounts.roles import STAFF, Role, allowed
from core.lib.privacy import Privacy


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=30, blank=True)  # MD, PT, NP …
    phone = models.CharField(max_length=20, blank=True)
    roles = ArrayField(models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role]))
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    single_keys = models.BooleanField(default=True)
    # Part of the session hash: one more ends every session of this person at once.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0)
    version = models.PositiveIntegerField(default=1, db_default=1)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    privacy: ClassVar[Privacy] = Privacy(
        open="id roles is_active date_joined last_login theme single_keys session_epoch version",
        staff="email full_name credentials phone",
        secret="password",
    )

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_once"),)
        indexes = (GinIndex(fields=["roles"], name="user_roles"),)

    def __str__(self) -> str:
        return self.name_line

    @property
    def name_line(self) -> str:
        return f"{self.full_name}, {self.credentials}" if self.credentials else self.full_name

    @property
    def is_staff_member(self) -> bool:
        return any(role in self.roles for role in STAFF)

    def may(self, perm: Perm) -> bool:
        return self.is_active and allowed(self.roles, perm)

    def has_role(self, role: Role) -> bool:
        return role in self.roles

    def get_full_name(self) -> str:
        return self.full_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Every session carries it: a new password, other roles or one more epoch end them."""
        parts = (self.password, ",".join(sorted(self.roles)), str(self.session_epoch))
        salt = "hallway.session"
        return salted_hmac(salt, "|".join(parts), secret=secret, algorithm="sha256").hexdigest()


class ApiToken(models.Model):
    """`Authorization: Token …`; only the digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    privacy: ClassVar[Privacy] = Privacy(
        open="id user label created_at expires_at revoked_at", secret="digest"
    )

    def __str__(self) -> str:
        return self.label
