# %% [markdown]
# # 14b · Jukebox: sound as a text of codes

# %%
import torch

# %%
def restarted(codebook, counts, latents, places, least):
    """Return codes `(K, d)` and counts `(K,)`, those of dead codes begun anew."""
    ### BEGIN SOLUTION
    # TODO 14.19: the perplexity does not rise
    dead = counts < least
    candidates = latents[places]
    counts = torch.where(dead, least, counts)
    return torch.where(dead[:, None], candidates, codebook), counts
    ### HANDED OUT
    # dead = counts < least
    # candidates = codebook[places % len(codebook)]
    # counts = torch.where(dead, least, counts)
    # return torch.where(dead[:, None], candidates, codebook), counts
    ### END SOLUTION
