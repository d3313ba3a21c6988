"""What users of the earlier bridges have: the names of their settings, and the forms of their files. Pure."""
