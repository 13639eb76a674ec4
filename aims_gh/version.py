"""The version of the program, which every evaluation names."""

__version__ = "0.1.0"
