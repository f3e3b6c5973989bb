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
"""


@pytest.mark.parametrize(
    "use",
    [
        "import torch._dynamo.config",
        "import torch._dynamo; assert not torch._dynamo.config.suppress_errors",
        "f = torch.compile(torch.square, backend='eager'); assert f(torch.tensor(3.0)) == 9",
        "torch._dynamo.reset()",
    ],
)
def test_the_compiler_is_imported_when_something_of_it_is_used(use):
    program = f"{START}{use}\nassert 'torch._dynamo.config' in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_what_looks_through_all_modules_does_not_import_it():
    program = f"{START}print([it for it in sys.modules.values() if hasattr(it, '__file__')] and"
    program += " 'torch._dynamo.config' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=120, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
