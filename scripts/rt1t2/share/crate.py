"""The RO-Crate of a shared study: what lies where, made by what, under which licence.

RO-Crate 1.3, https://w3id.org/ro/crate/1.3; written by the package rocrate.
"""

from collections.abc import Mapping
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.dataset import Dataset
from rocrate.model.file import File
from rocrate.model.person import Person
from rocrate.rocrate import ROCrate

from rt1t2 import __version__

VERSION = "1.3"
NOT_PUBLISHED = (
    "1970-01-01"  # a crate has to have a date, and the clock would change the bytes
)
PARTS = {
    "bids/": "Raw T1w and T2w, and transmit fields where measured, without faces, a BIDS data set",
    "derivatives/rt1t2/": "Ratio maps and what lies behind them, a BIDS derivative data set",
    "records/": "What was measured on the way: bias fields, reference tissues, calibration",
}
FILES = {
    "README.md": ("What is here", "text/markdown"),
    "checklist.tsv": (
        "COBIDAS checklist, filled from what ran",
        "text/tab-separated-values",
    ),
    "config.yaml": (
        "Configuration of the run, without local paths",
        "application/yaml",
    ),
    "sha256sums.txt": ("SHA-256 of every other file", "text/plain"),
}


def crate_metadata(share: Mapping[str, Any], simulated: bool) -> dict[str, Any]:
    """Return the content of ``ro-crate-metadata.json``.

    Parameters
    ----------
    share
        Section ``share`` of the configuration: title, description, authors, licence, date.
    simulated
        Whether nobody was scanned.
    """
    crate = ROCrate(version=VERSION)
    crate.name = share["title"]
    said = "Simulated data: no real person was scanned. " if simulated else ""
    crate.description = said + share["description"]
    crate.datePublished = share["date"] or NOT_PUBLISHED
    crate.license = crate.add(_licence(crate, share["licence"]))
    people = [
        crate.add(Person(crate, f"#author-{number}", {"name": name}))
        for number, name in enumerate(share["authors"], start=1)
    ]
    if people:
        crate.root_dataset["author"] = people
    for place, name in PARTS.items():
        crate.add(Dataset(crate, None, place, properties={"name": name}))
    for place, (name, kind) in FILES.items():
        about = {"name": name, "encodingFormat": kind}
        crate.add(File(crate, None, place, properties=about))
    tool = {"@type": "CreativeWork", "name": "rT1T2", "version": __version__}
    crate.add(ContextEntity(crate, "#rt1t2", tool))
    action = {
        "@type": "CreateAction",
        "name": "T1w/T2w ratio maps and defacing",
        "instrument": {"@id": "#rt1t2"},
        "object": {"@id": "bids/"},
        "result": {"@id": "derivatives/rt1t2/"},
    }
    crate.root_dataset["mentions"] = [crate.add(ContextEntity(crate, "#run", action))]
    return dict(crate.metadata.generate())


def _licence(crate: ROCrate, licence: str) -> ContextEntity:
    """Return the licence as an entity; without a URL a local one that says what it is."""
    url = licence.startswith(("https://", "http://"))
    about = {"@type": "CreativeWork", "name": licence, "description": licence}
    return ContextEntity(crate, licence if url else "#licence", about)
