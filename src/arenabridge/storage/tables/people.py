"""People: users, their sessions, invitations, and the audit log of what administrators did."""
