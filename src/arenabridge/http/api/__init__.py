"""The API of the dashboard and of scripts that administer: `/api`, JSON, one file a subject."""
