"""Fax, by an HTTP gateway."""
