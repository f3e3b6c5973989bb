# %% [markdown]
# # Double

# %%
from exercise_lib.check import check


# %%
def double(x):
    ### BEGIN SOLUTION
    # TODO 1.1: twice x
    return 2 * x
    ### END SOLUTION


# %% cell="check-double"
check("toy.double", double)
