"""Every write of messaging, by noun: work, threads, alerts, deliveries."""
