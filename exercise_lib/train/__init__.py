"""Train a model: `train("tacotron", folder)`, or `python -m exercise_lib.train tacotron`."""

from exercise_lib.train.session import train

__all__ = ["train"]
