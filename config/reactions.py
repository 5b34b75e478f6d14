"""All cross-app reactions, on one screen: event name → handlers. Safety never waits for these."""

from core.people.services import merging
from intake import handlers as intake
from intake.payers import handlers as payers
from messaging import handlers as messaging
from outcomes import handlers as outcomes
from rehab import handlers as rehab
from rehab import limit_handlers as limits
from rehab import team_handlers as team
from rehab import update_handlers as updates

REACTIONS = {
    "accounts.reset_asked": (messaging.reset_asked,),
    "accounts.invited": (messaging.invited,),
    "people.charts_merged": (merging.move_late_rows, limits.charts_merged),
    "people.merge_undone": (limits.merge_undone,),
    "messaging.delivery_settled": (intake.delivery_settled,),
    "people.joined_team": (team.joined_team,),
    "people.left_team": (team.left_team,),
    "people.closure_added": (messaging.closure_added, intake.closure_added),
    "people.status_changed": (intake.status_changed, limits.status_changed),
    "people.roster_changed": (messaging.roster_changed, intake.roster_changed),
    "work.closed": (outcomes.work_closed,),
    "work.reopened": (outcomes.work_reopened,),
    "documents.answer_gone": (intake.answer_gone,),
    "documents.clean": (limits.document_ready,),
    "documents.classified": (limits.document_ready,),
    "documents.refiled": (limits.document_refiled,),
    "intake.call_answered": (intake.call_answered,),
    "intake.call_back_reached": (intake.call_back_reached,),
    "intake.call_joined": (intake.call_joined, rehab.call_joined),
    "intake.flag_acknowledged": (intake.flag_acknowledged,),
    "intake.flag_decided": (intake.flag_decided, rehab.flag_decided),
    "intake.visit_changed": (rehab.visit_changed,),
    "outcomes.measured": (rehab.measured,),
    "intake.visit_done": (updates.visit_done,),
    "rehab.plan_changed": (rehab.plan_changed, updates.plan_changed),
    "protocols.counts": (payers.version_counts,),
    "protocols.proposed": (messaging.version_proposed,),
    "protocols.settled": (messaging.version_settled,),
}
