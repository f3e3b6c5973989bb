"""The picture player: type a prompt, watch its picture come out of noise, see who hears which word.

One Jupyter widget for JupyterLab, Notebook 7, VS Code and Voilà, a web page of its own, and a scene
of the stage: all use the same front end (player.js). Nothing is fetched from a network. Painting
needs the modules of notebooks 08, 11 and 12, and the weights that were kept for them.
"""

from exercise_lib.picture_player.player import PicturePlayer, picture_player

__all__ = ["PicturePlayer", "picture_player"]
