"""A Tacotron 2 that is built and run in no time."""

from solutions.exercise_lib.tacotron2 import Tacotron2Config

from exercise_lib.speech.text import SYMBOLS

TINY = Tacotron2Config(
    n_symbols=len(SYMBOLS),
    n_mels=4,
    reduction_factor=2,
    embedding=8,
    prenet=(6, 5),
    decoder=7,
    attention=6,
    location_filters=3,
    location_kernel=5,
    postnet=6,
    postnet_convolutions=3,
)
