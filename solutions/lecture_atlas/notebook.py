# %% [markdown]
# # The atlas
#
# Lecture 7 · the common pattern of sixteen systems

# %%
from exercise_lib.systems.page import Atlas

# %% [markdown]
# ## One drawing for all
#
# Full stop and comma go through the systems, `a` shows all of them, `c` composes one by hand, `r` runs what this
# kit has.

# %%
Atlas()

# %% [markdown]
# ## What to try
#
# - **One change**: compose from Stable Audio; make a picture come out, then a flow, then joint attention.
# - **A cross**: a softmax on continuous latents, diffusion on codes, a vocoder on embeddings. Why not?
# - **Parts**: what do CLIP, VQ-VAE and EnCodec lack, and who uses them?

# %% [markdown]
# ## For your slides
#
# In a terminal, `python -m exercise_lib.systems atlas.html` writes one file that opens without a kernel or a network.
