"""Every read of rehab: the viewer comes first, fetching is authorizing."""
