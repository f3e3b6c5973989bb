# %% [markdown]
# # 99 · Example
#
# **Goal.** Say in a sentence what one can do after this notebook.
#
# **Time:** about 5 minutes

# %%
from exercise_lib.check import check

# %% [markdown]
# ## TODO 99.1 · Double
#
# Fill `double` in `exercise_lib/example.py`, save, and run the check below.

# %%
check("example.double")
