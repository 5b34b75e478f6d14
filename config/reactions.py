"""All cross-app reactions, on one screen: event name → handlers. Safety never waits for these."""

from intake import handlers as intake
from messaging import handlers as messaging

REACTIONS = {
    "accounts.reset_asked": (messaging.reset_asked,),
    "accounts.invited": (messaging.invited,),
    "messaging.delivery_settled": (intake.delivery_settled,),
    "people.closure_added": (messaging.closure_added, intake.closure_added),
    "people.roster_changed": (messaging.roster_changed,),
}
