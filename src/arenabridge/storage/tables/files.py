"""Pictures and files that we keep and serve."""
