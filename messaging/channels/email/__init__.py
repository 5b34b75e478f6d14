"""E-mail, by the clinic's SMTP server."""
