"""Backups: take.py makes one, restore.py brings one back and proves it, manifest.py tells of it."""
