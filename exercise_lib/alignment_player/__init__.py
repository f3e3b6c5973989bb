"""The alignment player: hear an utterance while a cursor moves over its alignment, mel and text.

One Jupyter widget for JupyterLab, Notebook 7, VS Code and Voilà, and a web page of its own: both
use the same front end (the .js files). Nothing is fetched from a network. `SpeakingPlayer`, which
reads what is typed, is in speaking.py: it needs the modules of notebook 06.
"""

from exercise_lib.alignment_player.player import AlignmentPlayer
from exercise_lib.alignment_player.take import Take

__all__ = ["AlignmentPlayer", "Take"]
