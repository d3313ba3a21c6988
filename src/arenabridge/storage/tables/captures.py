"""Site sessions that a person has captured, to be used again."""
