"""Train a Tacotron or a vocoder: `train("tacotron", folder)` or `python -m exercise_lib.train`."""

from exercise_lib.train.session import train

__all__ = ["train"]
