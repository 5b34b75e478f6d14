"""All cross-app reactions, on one screen: event name → handlers. Safety never waits for these."""

from core.people.services import merging
from messaging import handlers as messaging

REACTIONS = {
    "accounts.reset_asked": (messaging.reset_asked,),
    "accounts.invited": (messaging.invited,),
    "people.charts_merged": (merging.move_late_rows,),
    "people.closure_added": (messaging.closure_added,),
    "people.roster_changed": (messaging.roster_changed,),
}
