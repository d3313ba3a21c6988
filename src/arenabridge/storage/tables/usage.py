"""What was used: a row for each request, and the roll-ups."""
