"""Payer policies as dated data: what payers ask for, how long they have, and since when."""
