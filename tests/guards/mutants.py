"""The rules about whose, each broken once: what the matrix must notice.

A mutant is one text of one function's source, replaced; `door` is one of the doors it guards.
"""

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.guards.people import GRANTED, NONE, OTHER_CLINIC, OTHER_TEAM, OWN, TEAM

EVERY = (OWN, TEAM, GRANTED, OTHER_TEAM, OTHER_CLINIC, NONE)


@dataclass(frozen=True)
class Mutant:
    where: str
    old: str
    new: str
    door: str
    whose: tuple[str, ...] = EVERY

    def __str__(self) -> str:
        return f"{self.where}: {self.old!r} → {self.new!r}"


KNOWN = "core.people.access.known_to"
READ = "core.people.access.read_reach"
OWN_CLINICS = 'Q(**{f"{to}clinic_id__in": reach.own})'
TODAY_EVERYWHERE = "in ((c, now.date()) for c in Clinic.objects.values_list('pk', flat=True)):"
ALL = "Q(pk__isnull=False)"
KNOWN_HERE = 'known_to(viewer, now=now, patient="patient")'
OWN_POSTS = '.filter(partner_practice="")'
PATIENT, CALLBACK = "GET home:patient", "GET intake:callback"
CALLS, FLAGS = "intake.selectors.calls_visible_to", "intake.selectors.flags_visible_to"
THREADS, THREAD = "messaging.selectors.inbox._readable", "GET messaging:thread"
ITEMS = "messaging.selectors.worklist.items_visible_to"
EMERGENCIES = "messaging.selectors.break_glass.emergencies_visible_to"
STAFF = "core.people.staff"

MUTANTS = [
    Mutant(KNOWN, " | Q(**{f\"{patient or 'pk'}__in\": reach.granted})", "", PATIENT),
    Mutant(READ, "user=user, starts_at", "starts_at", PATIENT),
    Mutant(READ, "starts_at__lte=now, ", "", PATIENT),
    Mutant(READ, ", ends_at__gt=now", "", PATIENT),
    Mutant(READ, "elif practice:", "elif False:", PATIENT),
    Mutant(KNOWN, " & Q(Exists(team))", "", PATIENT),
    Mutant(KNOWN, "in reach.partner.items():", "in ():", PATIENT),
    Mutant(KNOWN, "in reach.partner.items():", TODAY_EVERYWHERE, PATIENT),
    Mutant(KNOWN, OWN_CLINICS, ALL, PATIENT),
    Mutant(KNOWN, OWN_CLINICS, "Q(pk__in=[])", PATIENT),
    Mutant(KNOWN, "{user.pk, *reach.away.get(clinic, ())}", "reach.away.get(clinic, ())", PATIENT),
    Mutant(KNOWN, "user__in={user.pk, *reach.away.get(clinic, ())},", "", PATIENT),
    Mutant(KNOWN, ", *reach.away.get(clinic, ())", "", PATIENT),
    Mutant(KNOWN, "reach.away.get(clinic, ())", "frozenset().union(*reach.away.values())", PATIENT),
    Mutant(KNOWN, "Q(to_on__isnull=True) | Q(to_on__gte=today),", "", PATIENT),
    Mutant("core.people.access.posts_of", 'running("clinic__zone", now=now), ', "", PATIENT),
    Mutant("core.people.access.posts_of", ", user=user", "", PATIENT),
    Mutant("core.people.access.own_clinics_of", ".own)", ".clinics)", "GET messaging:delivery"),
    Mutant("core.people.access.visible_to", "filter(known_to(user, now=now))", "all()", PATIENT),
    Mutant("core.people.cover.covers_by", ".filter(delegate=delegate)", "", PATIENT),
    Mutant("core.people.cover.covers_running", 'running("clinic__zone", now=now), ', "", PATIENT),
    Mutant("core.people.cover.covers_running", "ended_at__isnull=True, ", "", PATIENT),
    Mutant(CALLS, KNOWN_HERE, ALL, "GET intake:call"),
    Mutant(CALLS, f"{KNOWN_HERE}\n        |", "", "GET intake:call"),
    Mutant(CALLS, "Q(clinic_id__in=own) & Q(patient__isnull=True)", "Q(patient__isnull=True)",
           CALLBACK),
    Mutant(CALLS, "Q(clinic_id__in=own) & Q(patient__isnull=True)", "Q(clinic_id__in=own)",
           "GET api_call"),
    Mutant(CALLS, ".own", ".clinics", CALLBACK),
    Mutant(FLAGS, KNOWN_HERE, ALL, "GET intake:flag"),
    Mutant(FLAGS, f"{KNOWN_HERE}\n        |", "", "GET intake:flag"),
    Mutant(THREADS, KNOWN_HERE, ALL, THREAD),
    Mutant(THREADS, "if not shows(viewer, Part.MESSAGES):", "if False:", THREAD),
    Mutant(THREADS, "Q(Exists(mine)) | Q(opened_by=viewer)", "Q(pk__in=[])", THREAD),
    Mutant(THREADS, "return about | (", "return (", THREAD),
    Mutant(ITEMS, KNOWN_HERE, ALL, "GET messaging:item"),
    Mutant(ITEMS, f"{KNOWN_HERE}\n        |", "", "GET messaging:item"),
    Mutant("messaging.selectors.inbox.recipient_for",
           " or not (row.user_id == viewer.pk or _in_stead(viewer, row, now))", "",
           "GET messaging:inbox_row"),
    Mutant("messaging.selectors.deliveries.delivery_for",
           "clinic__in=own_clinics_of(viewer, now=now)", "", "GET messaging:delivery"),
    Mutant("messaging.services.settling.settle_held", ", clinic__in=own_clinics_of(by, now=now)",
           "", "POST messaging:settle_held", (OTHER_TEAM, OTHER_CLINIC)),
    Mutant(EMERGENCIES, ", patient__clinic_id__in=own", "", "GET home:break_glass_review"),
    Mutant(EMERGENCIES, OWN_POSTS, "", "GET home:break_glass_review"),
    Mutant("messaging.selectors.break_glass.emergency_to_end", ", user=viewer", "",
           "POST home:break_glass_end"),
    Mutant("messaging.selectors.break_glass.emergency_to_end",
           "viewer.may(Perm.BREAK_GLASS_REVIEW)", "True", "POST home:break_glass_end"),
    Mutant(f"{STAFF}.own_posts", OWN_POSTS, "", "GET home:user"),
    Mutant(f"{STAFF}.people_of_manager",
           'clinic__in=own_posts(viewer, now=now).values("clinic_id")', "", "GET home:user"),
    Mutant(f"{STAFF}.person_for", "people_of_manager(viewer, now=now)", "User.objects",
           "GET home:user"),
    Mutant("core.people.cover.own_cover", ", user=user", "", "POST home:end_cover"),
    Mutant("config.home.roster.remove_shift", "clinic=own_clinic(request), ", "",
           "POST home:remove_shift"),
    Mutant("config.home.roster.own_clinic", "if not own_clinics_of", "if False and own_clinics_of",
           "POST home:remove_shift"),
    Mutant("config.home.own_tokens.revoke_own_token", "request.user.tokens",
           "__import__('core.accounts.models', fromlist=['x']).ApiToken.objects",
           "POST home:revoke_own_token"),
]  # fmt: skip


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The function is what the mutant says; everybody who imported it calls that."""
    module_name, _, name = mutant.where.rpartition(".")
    module = importlib.import_module(module_name)
    function: Any = inspect.unwrap(getattr(module, name))
    source = textwrap.dedent(inspect.getsource(function))
    source = source[source.index("def ") :]  # without its decorators
    assert mutant.old in source, f"{mutant} is about a text that is gone: write it anew."
    namespace = dict(vars(module))
    exec(source.replace(mutant.old, mutant.new, 1), namespace)
    kept, function.__code__ = function.__code__, namespace[name].__code__
    try:
        yield
    finally:
        function.__code__ = kept
