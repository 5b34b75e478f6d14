"""The demo's payers, and a written version that waits for a physician's sign-off."""

import datetime as dt

from core.accounts.models import User
from core.people.dates import today_at
from core.people.models import Clinic, Payer
from core.people.services.payers import PayerFacts, add_payer
from core.protocols.editing import Wanted, propose
from core.protocols.models import ProtocolVersion
from core.protocols.selectors import current_version, protocol_of, written_so_far
from core.protocols.text import text_of
from intake.payers.services import load_policies, mark_checked

# Invented, all of them.
PAYERS = [
    PayerFacts("Medicare Part B", "medicare_ffs", code="00000"),
    PayerFacts("Silverlake Medicare Advantage", "medicare_advantage", phone="+13125550201",
               fax="+13125550202", portal="https://silverlake.example/providers", code="SL701"),
    PayerFacts("Prairie Health PPO", "commercial_erisa", phone="+13125550203",
               portal="https://prairie.example/auth", code="PH220",
               note="Ask for the musculoskeletal desk; the first menu leads to pharmacy."),
    PayerFacts("Northline Employers Mutual", "workers_comp", phone="+13125550205",
               fax="+13125550206", note="Send requests through the case manager."),
    PayerFacts("State Medicaid", "medicaid_ffs_mco", phone="+13125550207"),
    PayerFacts("Self-pay", "self_pay"),
]  # fmt: skip


def furnish(clinic: Clinic, people: dict[str, User], now: dt.datetime) -> None:
    """Once: a second start finds the clinic's payers and does nothing."""
    load_policies(now=now)
    if Payer.objects.filter(clinic=clinic).exists():
        return
    coordinator, manager = people["jo.park@hallway.example"], people["dana.cole@hallway.example"]
    for facts in PAYERS:
        add_payer(clinic=clinic, wanted=facts, by=coordinator, now=now)
    rules = ProtocolVersion.objects.filter(kind="payer_policies").first()
    if rules:
        mark_checked(
            clinic=clinic, payer_class="medicare_advantage", service="decision",
            shown=str(rules.pk), by=coordinator, now=now,
        )  # fmt: skip
    parent = current_version("escalation", now=now)
    before, call_back, after = text_of(protocol_of(parent)).partition("\n  call_back:")
    faster = before + call_back + after.replace("n: 72", "n: 48", 1)
    wanted = Wanted(
        text=faster,
        number="3.1",
        effective_on=today_at(clinic.zone, now=now).isoformat(),
        reason="Callers told us that three days are long; the desk has managed two since October.",
    )
    propose(
        parent=parent,
        wanted=wanted,
        clinic=clinic,
        seen=written_so_far("escalation"),
        by=manager,
        now=now,
    )
