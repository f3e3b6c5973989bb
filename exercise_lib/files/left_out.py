"""What lies in a folder and is no part of anybody's work."""

NAMES = {"__MACOSX", "__pycache__", "doctor-backup", "node_modules", "site-packages"}


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name is left out of what is handed in, hidden ones too."""
    return (name.startswith(".") and name.strip(".") != "") or name in NAMES
