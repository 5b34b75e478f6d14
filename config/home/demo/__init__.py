"""The invented clinic of the demo: seeded through the services, dates relative to today."""
