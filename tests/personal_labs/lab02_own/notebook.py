# %% [markdown]
# # Own

# %%
from exercise_lib.check import check
from exercise_lib.check.personal import student_number, variant


# %%
def own():
    ### BEGIN SOLUTION
    # TODO 2.1: your student number, and 3x + 1
    student = "123456"
    x = variant(student_number(student), 8)
    return student, 3.0 * x + 1.0
    ### END SOLUTION


# %%
check("toy.own", own)
