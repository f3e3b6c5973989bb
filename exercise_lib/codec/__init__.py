"""A neural codec of laptop size, SEANet at the paper's size, their training and what is around."""
