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
