"""What a request to the API brings, as far as all have it in common."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A field that is not known is a mistake worth naming."""

    model_config = ConfigDict(extra="forbid")
