"""Writes of an import, by step: batches (what a person asks), checking, committing, undoing."""
