"""environment.yml, for conda and Binder, from the pins of pyproject.toml."""

import tomllib
from packaging.requirements import Requirement

PYTHON = "3.11"
HEADER = """\
# Written by `python -m autograder build` from pyproject.toml: change the pins there.
name: {name}
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
"""


def environment_yml(pyproject: str) -> str:
    """Return the text of environment.yml: what students and instructors need, exactly pinned.

    Args: pyproject: the text of pyproject.toml, with an optional dependency list `instructor`.
    """
    project = tomllib.loads(pyproject)["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["instructor"]
    requirements = [Requirement(line) for line in needed]
    pins = [
        f"{requirement.name}{requirement.specifier}"
        for requirement in requirements
        if not requirement.marker or requirement.marker.evaluate({"python_version": PYTHON})
    ]
    lines = "".join(f"      - {pin}\n" for pin in [*pins, "-e ."])
    return HEADER.format(name=project["name"], python=PYTHON) + lines
