# %% [markdown]
# # 16 · MELLE
#
# **Goal.** x
#
# **Time:** about 140 minutes

# %%
import torch

from exercise_lib.check import check

# %%
from exercise_lib import melle

# %% [markdown]
# ## TODO 16.1 · a

# %%
check("melle.latent_sample")

# %% [markdown]
# ## TODO 16.2 · a

# %%
check("melle.residual_frame")

# %% [markdown]
# ## TODO 16.3 · a

# %%
check("melle.latent_kl")

# %% [markdown]
# ## TODO 16.4 · a

# %%
check("melle.flux_loss")

# %% [markdown]
# ## TODO 16.5 · a

# %%
check("melle.stop_targets")

# %% [markdown]
# ## TODO 16.6 · a

# %%
check("melle.weighted_bce")

# %% [markdown]
# ## TODO 16.7 · a

# %%
def spread_over_draws(f0):
    """Return the spread of pitch over readings, from f0 `(draws, frames)` in Hz."""
    ### BEGIN SOLUTION
    # TODO 16.7: equation 16.7; frames without a voice are NaN
    heights = f0.log().nanmean(dim=1)  # (draws,)
    return heights.std()
    ### END SOLUTION

# %%
check("readings.spread_over_draws", spread_over_draws)

# %% [markdown]
# ## TODO 16.8 · a

# %%
def read_aloud(step, frame, noise):
    """Draw frames until it says stop, or the noise ends: `(n_mels, frames)`."""
    spoken, state = [], None
    ### BEGIN SOLUTION
    # TODO 16.8: all readings have nearly the same pitch
    for eps in noise:
        mu, sigma, stop, state = step(frame, state)
        spoken.append(mu + sigma * eps)
        if stop > 0.5:
            break
        frame = spoken[-1][:, -1]
    ### HANDED OUT
    # for eps in noise:
    #     mu, sigma, stop, state = step(frame, state)
    #     spoken.append(mu + sigma * eps)
    #     if stop > 0.5:
    #         break
    #     frame = mu[:, -1]
    ### END SOLUTION
    return torch.cat(spoken, dim=1)

# %%
check("mend.read_aloud", read_aloud)
