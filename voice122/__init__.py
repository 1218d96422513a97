"""The program: settings, wiring of the rooms, command line."""

from importlib.metadata import version

__version__ = version("voice122")
