from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """What the models have in common: they keep what a later version adds, and their errors repeat no value."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)
