"""What a command adds itself to: argparse's commands, of which the class has no public name."""

import argparse
from typing import Any, Protocol


class Commands(Protocol):
    """The commands of a program."""

    def add_parser(self, name: str, **more: Any) -> argparse.ArgumentParser:
        """A new command."""
        ...
