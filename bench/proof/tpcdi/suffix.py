"""What tells the names of one measurement from those of another; written anew for each project."""

SUFFIX = ""
