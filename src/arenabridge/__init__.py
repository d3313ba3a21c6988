"""Arena Bridge: the models of your own browser tab, for every OpenAI-compatible program."""

__version__ = "0.1.0"
