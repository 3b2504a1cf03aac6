"""JSON in and out: one reader and one writer, so that every record is written the same way.

Standard library only: the Snakefile reads records without any science package installed.
"""

import json
import math
import re
from pathlib import Path
from typing import Any


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object."""
    content: dict[str, Any] = json.loads(Path(path).read_text())
    return content


# Where Snakemake keeps its copy of a file in an object store: its own folder, kind, bucket.
STORE = re.compile(r"^\.snakemake/storage/[^/]+/[^/]+/")


def save_json(content: Any, path: str | Path) -> None:
    """Write JSON with sorted keys; NaN becomes null, numpy values become plain ones.

    ``Sources`` are named by their place in the run's folder, also where they came from an
    object store.
    """
    content = plain(content)
    if isinstance(content, dict) and isinstance(content.get("Sources"), list):
        content["Sources"] = [STORE.sub("", source) for source in content["Sources"]]
    Path(path).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def plain(value: Any) -> Any:
    """Turn numpy values into plain Python ones, undefined numbers into ``None``."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # an array or a number of numpy
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value
