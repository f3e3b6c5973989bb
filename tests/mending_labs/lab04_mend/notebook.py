# %% [markdown]
# # Mend

# %%
import math

from exercise_lib.check import check

# %% [markdown]
# ## TODO 4.1 · Find the mistake


# %%
def decibels(x):
    """The level of an amplitude in dB."""
    ### BEGIN SOLUTION
    # TODO 4.1: a loud one should be above 0 dB, and is not
    if x <= 0:
        raise ValueError("no amplitude")
    return 20 * math.log10(x)
    ### HANDED OUT
    # if x <= 0:
    #     raise ValueError("no amplitude")
    #
    # return 20 * math.log10(min(x, 1.0))
    ### END SOLUTION


# %%
check("mend.decibels", decibels)
