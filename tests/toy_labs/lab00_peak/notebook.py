# %% [markdown]
# # Peak
#
# **Points:** 3

# %%
from exercise_lib.check import check

# %% nbgrader={"grade": true, "grade_id": "check-peak", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("warmup.peak_normalise")

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# A model answer that no student may see.
# ### END SOLUTION
