"""
Fails when the requirement files do not say what `pyproject.toml` asks for, or hold an address.

`python -m tests.checks.locked_dependencies`; `make lock` mends what it finds.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOCKS = {"requirements.txt": (), "requirements-dev.txt": ("--group", "dev")}
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
    *("--custom-compile-command", "make lock", "pyproject.toml"),
)


def main() -> int:
    """Tell each stale lock file in a line; 0 if there is none."""
    root = Path(__file__).parents[2]
    mistakes = [line for name, group in LOCKS.items() for line in _examine(root, name, group)]
    for line in mistakes:
        print(line, file=sys.stderr)
    return bool(mistakes)


def _examine(root: Path, name: str, group: tuple[str, ...]) -> list[str]:
    locked = (root / name).read_text()
    has_address = re.search(r"https?://", locked)
    found = [f"{name}: holds an address; run `make lock`"] if has_address else []
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / name
        shutil.copy(root / name, fresh)  # versions that are locked stay, as far as they still fit
        uv = Path(sys.executable).with_name("uv")
        done = subprocess.run(
            [uv, *COMPILE, *group, "--output-file", fresh],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return [*found, f"{name}: cannot be compared: {done.stderr.strip().splitlines()[-1]}"]
        if fresh.read_text() != locked:
            found.append(f"{name}: does not fit pyproject.toml; run `make lock`")
    return found


if __name__ == "__main__":
    sys.exit(main())
