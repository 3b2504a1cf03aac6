"""Which commit of this workflow is checked out, read as git keeps it. Standard library only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DIGITS = 12


def commit(root: Path = ROOT) -> str | None:
    """Return the first digits of the commit; ``None`` where the folder is no repository.

    Changes that were not committed are not seen.
    """
    git = root / ".git"
    try:
        if git.is_file():  # a work tree: the file says where the rest is
            git = root / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head[:DIGITS] or None
        shared = git / "commondir"
        common = git / shared.read_text().strip() if shared.exists() else git
        return _of_reference(common, head.removeprefix("ref: "))
    except OSError:
        return None


def _of_reference(git: Path, name: str) -> str | None:
    if (git / name).exists():
        return (git / name).read_text().strip()[:DIGITS] or None
    packed = git / "packed-refs"
    lines = packed.read_text().splitlines() if packed.exists() else []
    found = [line.split()[0] for line in lines if line.endswith(f" {name}")]
    return found[0][:DIGITS] if found else None
