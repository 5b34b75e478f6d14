"""Every write about documents."""

from core.documents.services.filing import classify, refile, review
from core.documents.services.receiving import make_document, receive

__all__ = ["classify", "make_document", "receive", "refile", "review"]
