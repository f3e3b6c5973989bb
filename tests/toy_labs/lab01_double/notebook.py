# %% [markdown]
# # Double
#
# **Points:** 1

# %%
from exercise_lib.check import check


# %% nbgrader={"grade": false, "grade_id": "answer-double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    ### BEGIN SOLUTION
    # TODO 1.1: twice x
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("toy.double", double)
