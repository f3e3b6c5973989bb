# %% [markdown]
# # Pictures out of noise
#
# Lecture 7 · latent diffusion, guidance, word maps, rectified flow

# %%
from exercise_lib.picture_player import picture_player

# %% [markdown]
# ## Type a prompt
#
# Press Enter: two networks paint it, step by step. Point at a word, or press its number, to see where it is
# heard. The oracle reads what the network guesses at each step, and says what of the prompt is right.

# %%
player = picture_player()
player

# %% [markdown]
# ## What to try
#
# - **Guidance** at 0, 2 and 8, with the same noise.
# - **Steps**: one, four, sixteen; flow beside noise, of equal training.
# - **Maps**: a colour and "a", early and late.
# - **Limits**: two things and how they lie, late beside by phrase; a heart, or stripes, of which one network
#   alone saw pictures.

# %% [markdown]
# ## For your slides
#
# `player.export_html("pictures.html")` writes some prompts, painted, as one file that opens without a kernel
# or a network.
