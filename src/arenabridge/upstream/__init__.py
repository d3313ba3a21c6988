"""How a job is carried out without a tab: by a person's own session at the site."""
