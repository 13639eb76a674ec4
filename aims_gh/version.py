"""The version of the program, which every evaluation names."""

__version__ = "0.1.0"

ACTION = "aims-gh/aims-gh/action"
"""The Action that belongs to the program; a course calls it at a commit."""
