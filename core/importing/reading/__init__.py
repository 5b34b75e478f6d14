"""From bytes to people: what kind of file it is, then row by row. No database here."""
