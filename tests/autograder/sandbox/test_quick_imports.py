"""What a process leaves out at its start, and gets when it is needed."""

import subprocess
import sys

import pytest

START = """
import sys
from autograder.sandbox import quick_imports
import torch
torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))], lr=0.1).step()
assert "torch._dynamo.config" not in sys.modules
assert sum(hasattr(it, "__file__") for it in list(sys.modules.values()))
assert "torch._dynamo.config" not in sys.modules, "whoever looks through all modules"
"""


@pytest.mark.parametrize(
    "use",
    [
        "import torch._dynamo.config",
        "f = torch.compile(torch.square, backend='eager'); assert f(torch.tensor(3.0)) == 9",
    ],
)
def test_the_compiler_is_imported_when_something_of_it_is_used(use):
    program = f"{START}{use}\nassert 'torch._dynamo.config' in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_sympy_is_imported_neither_for_a_difference_nor_for_lent_gradients():
    program = """
import sys
from types import SimpleNamespace
from autograder.sandbox import quick_imports
import torch
from autograder.sandbox.remote import Peer
from exercise_lib.check.compare import compare
one = torch.ones(2, 3)
assert compare(one, 2 * one, 1e-4, 1e-5).got == "(2, 3), at [0, 0]: 2"
class Squares(Peer):
    def find(self, name):
        return torch.square
question = {"name": "square", "given": [[3 * one], {}], "back": [one]}
with torch.no_grad():  # as while a gradient is worked out at the other end
    assert torch.equal(Squares(SimpleNamespace(talk=None)).gradients(question)[0], 6 * one)
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
