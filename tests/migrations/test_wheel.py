"""
The wheel that operators install holds the revisions.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from config_store.migrations import SCRIPTS

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_every_revision(tmp_path: Path):
    """
    Alembic reads them as files, so they have to be there as such.
    """
    building = subprocess.run(
        [Path(sys.executable).parent / "uv", "build", "--wheel", "--out-dir", tmp_path, ROOT],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if building.returncode and "hatchling" in building.stderr:
        pytest.skip("the wheel's builder, hatchling, cannot be had here")
    (wheel,) = tmp_path.glob("*.whl")

    names = zipfile.ZipFile(wheel).namelist()

    folder = SCRIPTS.relative_to(ROOT)
    assert {str(folder / path.relative_to(SCRIPTS)) for path in SCRIPTS.rglob("*.py")} <= {*names}
