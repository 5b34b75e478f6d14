"""Every write of rehab."""
