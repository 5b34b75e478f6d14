"""What web and workers may do in the database: everything but change what the audit trail says.

The owner of the tables migrates; web, worker and beat act as this role. On the audit tables it has
SELECT and INSERT, owns nothing, so it can neither disable a trigger nor drop a table. In production
web and workers sign in as it with a password of its own: who signs in as the owner and only takes
the role on (the demo) could step back.
"""

import re

from django.db import connection, transaction

from core.audit.models import AuditEvent, AuditSeal, AuditSealed
from core.lib.errors import Refused

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# Read only: what migrations were run is the owner's to say.
READ_ONLY = ("django_migrations",)


@transaction.atomic
def grant(*, role: str, password: str = "") -> None:
    """Make the role if there is none, and give it today's tables. Harmless to run again.

    With a password it may sign in itself.
    """
    if not NAME.fullmatch(role):
        raise Refused("A database role is written in lower-case letters, digits and _.")
    appended = [m._meta.db_table for m in (AuditEvent, AuditSeal, AuditSealed)]
    listed = ", ".join(appended)
    with connection.cursor() as cursor:
        for statement in (
            MAKE.format(role=role),
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            f"REVOKE ALL ON {listed}, {', '.join(READ_ONLY)} FROM {role}",
            f"GRANT SELECT, INSERT ON {listed} TO {role}",
            f"GRANT SELECT ON {', '.join(READ_ONLY)} TO {role}",
        ):
            cursor.execute(statement)
        if password:
            cursor.execute(f"ALTER ROLE {role} LOGIN PASSWORD %s", [password])


# Roles belong to the whole server: another database of it may be making the same one just now.
MAKE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, '{role}', 'USAGE') THEN
        GRANT {role} TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
