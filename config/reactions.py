"""All cross-app reactions, on one screen: event name → handlers. Safety never waits for these."""

from messaging import handlers as messaging

REACTIONS = {
    "people.closure_added": (messaging.closure_added,),
    "people.roster_changed": (messaging.roster_changed,),
}
