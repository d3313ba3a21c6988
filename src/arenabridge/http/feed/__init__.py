"""What open dashboards are told of the living gateway: a snapshot, then what changes."""
