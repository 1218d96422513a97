"""The command line: `voice122 COMMAND`. Commands are also the contract for scripts.

Whatever goes wrong is one line on stderr that says what to do; the exit code is then 2.
"""

from voice122.cli.main import main

__all__ = ["main"]
