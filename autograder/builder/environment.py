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
    pins = [line for line in map(pin, requirements) if line]
    lines = "".join(f"      - {line}\n" for line in [*pins, "-e ."])
    return HEADER.format(name=project["name"], python=PYTHON) + lines


def pin(requirement: Requirement) -> str:
    """Return one line of the file, or nothing if it is for another Python; platforms stay open."""
    line, marker = f"{requirement.name}{requirement.specifier}", requirement.marker
    if marker is None:
        return line
    if "python_version" not in str(marker):
        return f"{line}; {marker}"
    return line if marker.evaluate({"python_version": PYTHON}) else ""
