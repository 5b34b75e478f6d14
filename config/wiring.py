"""Who stands behind a name: lower apps ask settings for a dotted name and never import upwards."""

# kind of protocol → (file, schema)
PROTOCOL_FILES = {
    "red_flags": ("intake/protocols/red_flags.yaml", "intake.protocol_schema.RedFlagProtocol"),
    "metrics": ("outcomes/protocols/metrics.yaml", "outcomes.protocol_schema.MetricsProtocol"),
    "escalation": (
        "messaging/protocols/escalation.yaml",
        "messaging.protocol_schema.EscalationProtocol",
    ),
    "payer_policies": (
        "intake/protocols/payer_policies.yaml",
        "intake.payers.schema.PayerPolicies",
    ),
    "lanes": ("rehab/protocols/lanes.yaml", "rehab.protocol_schema.LanesProtocol"),
    "first_visit": ("rehab/protocols/first_visit.yaml", "rehab.exam_schema.FirstVisitProtocol"),
}
# Kinds whose rules are rows too: an event tells when a version begins to count.
PROTOCOL_ROWS = {"payer_policies"}
CLOSING_CHECKS = ["rehab.merging.plan_runs"]  # likewise, of closing a problem
REACTIONS = "config.reactions.REACTIONS"
JOBS = "config.jobs.JOBS"  # kinds of long work
MERGE_CHECKS = ["rehab.merging.two_plans"]  # what a higher app says stands in a merge's way
DOORBELL = "messaging.services.deliveries.ring"  # what an event that cannot wait rings
WORKS_SOMEWHERE = "core.people.emergency.at_work"  # asked from below: posts are people's
# template → who says whether a delivery is still wanted, and in which words
DELIVERY_SUBJECTS = {
    "records_request": "intake.deliveries.RecordsLetter",
    "visit_reminder": "intake.deliveries.VisitReminder",
}
