"""Every read of messaging, by noun: urgent, worklist, inbox, deliveries."""
