# %% [markdown]
# # Peak

# %%
from exercise_lib.check import check

# %% cell="check-peak"
check("warmup.peak_normalise")

# %% [markdown] question="why" points=2 cell="question"
# ### BEGIN SOLUTION
# A model answer that no student may see.
# ### END SOLUTION
