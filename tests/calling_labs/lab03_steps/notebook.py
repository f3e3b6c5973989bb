# %% [markdown]
# # Steps

# %%
from exercise_lib import steps
from exercise_lib.check import check

# %%
check("steps.square")

# %%
check("steps.energy")

# %%
check("steps.power")

# %%
check("steps.step")

# %%
check("steps.Walk")

# %%
check("steps.Half")


# %%
def halves(x):
    ### BEGIN SOLUTION
    # TODO 3.7: a Half of x, and the energy of that
    y = steps.Half(x.shape[-1])(x)
    return 2 * y.shape[-1] + steps.energy(x)
    ### END SOLUTION


# %%
check("steps.halves", halves)
