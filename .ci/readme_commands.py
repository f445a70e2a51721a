"""Print the README's shell commands with ``.`` replaced by the wheel that was built."""

import re
import sys
from pathlib import Path

readme, wheel = sys.argv[1:]
blocks = re.findall(r"^```sh\n(.*?)^```", Path(readme).read_text("utf-8"), re.M | re.S)
commands = [block for block in blocks if ".venv/bin/pip install" in block]
if len(commands) != 2:
    sys.exit(f"{readme}: expected the two commands that install, found {len(commands)}")
text = "\n".join(commands)
text = text.replace("install --quiet '.[dev]'", f"install --quiet '{wheel}[dev]'")
text = text.replace("install --quiet . ", f"install --quiet {wheel} ")
if text.count(wheel) != 2:
    sys.exit(f"{readme}: the commands no longer install the package as expected")
sys.stdout.write(text)
