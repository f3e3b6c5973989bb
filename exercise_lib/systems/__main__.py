"""`python -m exercise_lib.systems atlas.html` writes the atlas as one page."""

import argparse

from exercise_lib.systems.page import write_page

parser = argparse.ArgumentParser(prog="python -m exercise_lib.systems", description=__doc__)
parser.add_argument("path", nargs="?", default="atlas.html", help="the page; default: %(default)s")
write_page(parser.parse_args().path)
