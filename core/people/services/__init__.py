"""Every write of people, by noun: patients, care, roster, closures, staff, cover.

The verbs are offered here too: every app above speaks of what it does and not of the file.
"""

from core.people.services.care import grant_access, join_care_team, leave_care_team
from core.people.services.closures import close_clinic_on
from core.people.services.cover import end_cover, set_cover
from core.people.services.merging import merge, plan_merge, undo_merge
from core.people.services.patients import open_episode, register_patient
from core.people.services.payers import add_payer, change_payer
from core.people.services.roster import put_on_call, take_off_call
from core.people.services.staff import employ, invite

__all__ = [
    "add_payer",
    "change_payer",
    "close_clinic_on",
    "employ",
    "end_cover",
    "grant_access",
    "invite",
    "join_care_team",
    "leave_care_team",
    "merge",
    "open_episode",
    "plan_merge",
    "put_on_call",
    "register_patient",
    "set_cover",
    "take_off_call",
    "undo_merge",
]
