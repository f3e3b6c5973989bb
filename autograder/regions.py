"""What stands between `### BEGIN SOLUTION` and `### END SOLUTION` in a master's code.

The region of a debugging task ends in the code that students get, commented out:

    ### BEGIN SOLUTION
    # TODO 1.1: twice x, says one line below, and it is not
    return 2 * x
    ### HANDED OUT
    # return x**2
    ### END SOLUTION
"""

import re

HANDED_OUT = "### HANDED OUT"
REGION = re.compile(
    r"^[ \t]*### BEGIN SOLUTION[^\n]*(?P<todo>\n[ \t]*# TODO \d[^\n]*)?(?P<solution>.*?)"
    r"(?:\n[ \t]*### HANDED OUT[^\n]*(?P<handed_out>.*?))?\n[ \t]*### END SOLUTION[^\n]*",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"\n([ \t]*)#(?: (.*)|$)", re.MULTILINE)


def as_handed_out(source: str) -> str:
    """Return a cell with the broken code of its debugging tasks; other regions stay as they are.

    Raises: ValueError: the broken code is no comment, or stands in no region with a TODO line.
    """

    def broken(region: re.Match[str]) -> str:
        todo, code = region["todo"], region["handed_out"]
        if code is None:
            return region[0]
        lines = COMMENT.findall(code)
        if not todo or len(lines) != code.count("\n"):
            raise ValueError(
                f"`{HANDED_OUT}` follows a TODO line and a solution, and below it every line "
                f"is commented out:\n{region[0]}"
            )
        return "\n".join([todo[1:], *(f"{indent}{it}".rstrip() for indent, it in lines)])

    handed_out = REGION.sub(broken, source)
    if HANDED_OUT in handed_out:
        raise ValueError(f"`{HANDED_OUT}` belongs between BEGIN SOLUTION and END SOLUTION")
    return handed_out


def without_marks(master: str) -> str:
    """Return solved code without the marks and TODO lines of its regions."""
    return REGION.sub(lambda region: region["solution"][1:], master)
