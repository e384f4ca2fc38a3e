"""The commands. An error is one line with a remedy and the exit code of its class; `-v` adds the trace."""

from footyd.cli.main import main

__all__ = ["main"]
