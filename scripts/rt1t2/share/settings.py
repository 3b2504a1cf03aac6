"""The configuration as it may be passed on: every choice, and nobody's file names."""

import re
from collections.abc import Mapping
from typing import Any

# Where the study lies on its machine; nothing of it is a choice.
PLACES = ("participants", "data_root", "bids_dir", "resources")
OWN_FILE = "a file of the study"
DOWNLOAD = re.compile(r"https?://[^@\s]+")
OF_THE_REPOSITORY = re.compile(r"(resources|config)/[\w./-]+")
FILE_LIKE = re.compile(r".*[/\\].*|.*\.[A-Za-z][A-Za-z0-9]{1,3}(\.gz)?", re.DOTALL)
# Words that are printed everywhere else: codes and names of groups, contrasts, columns.
WORDS = ("groups", "control_group", "contrasts", "share")


def public_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration without local paths.

    Files of the user's are ``a file of the study``; what is downloaded and what comes with the
    repository keep their names.
    """
    return {
        key: value if key in WORDS else _public(value)
        for key, value in config.items()
        if key not in PLACES
    }


def _public(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _public(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_public(item) for item in value]
    if not isinstance(value, str) or not FILE_LIKE.fullmatch(value):
        return value
    known = DOWNLOAD.fullmatch(value) or OF_THE_REPOSITORY.fullmatch(value)
    return value if known and ".." not in value else OWN_FILE
