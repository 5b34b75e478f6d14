"""All cross-app reactions, on one screen: event name → handlers. Safety never waits for these."""

from intake.payers import handlers as payers
from messaging import handlers as messaging

REACTIONS = {
    "accounts.reset_asked": (messaging.reset_asked,),
    "accounts.invited": (messaging.invited,),
    "people.closure_added": (messaging.closure_added,),
    "people.roster_changed": (messaging.roster_changed,),
    "protocols.counts": (payers.version_counts,),
    "protocols.proposed": (messaging.version_proposed,),
    "protocols.settled": (messaging.version_settled,),
}
