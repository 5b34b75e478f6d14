"""What can happen to a document, and what a file must be to stay. Pure."""

from core.lib.states import Transitions

DOCUMENT: Transitions = {
    ("quarantined", "find_clean"): "clean",
    ("quarantined", "reject"): "rejected",
}
