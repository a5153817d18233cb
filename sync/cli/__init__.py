"""The door: a command parses, calls one function, prints, exits.  ``main`` is the whole command line."""

from .main import main

__all__ = ["main"]
