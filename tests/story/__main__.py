"""Write the story: ``python -m tests.story [FOLDER]``, by default into ``fixtures/``."""

from __future__ import annotations

import sys
from pathlib import Path

from .telling import files, write

if __name__ == "__main__":
    default = Path(__file__).resolve().parents[2] / "fixtures"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    told = files()
    write(told, folder)
    size = sum(map(len, told.values()))
    sys.stdout.write(f"{len(told)} files, {size:,} bytes in {folder}\n")
