"""Newer releases: looked up and told of, and installed when the person says so, with a way back. And announcements."""
