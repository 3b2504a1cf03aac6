"""Is an RO-Crate valid? roc-validator, with no network: the context is the one rocrate ships."""

from pathlib import Path

import pytest
import requests
import rocrate

CONTEXT = Path(rocrate.__file__).with_name("data") / "ro-crate.jsonld"


def _answer(adapter, request, **_) -> requests.Response:
    """Answer what asks for the context of RO-Crate 1.3; everything else is not there."""
    if not request.url.startswith("https://w3id.org/ro/crate/1.3"):
        raise requests.ConnectionError(f"no network: {request.url}")
    response = requests.Response()
    response.status_code, response.url, response.request = 200, request.url, request
    response.headers["Content-Type"] = "application/ld+json"
    response._content = CONTEXT.read_bytes()
    return response


def crate_issues(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what RO-Crate requires and the crate in a folder lacks."""
    from rocrate_validator import models, services

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", _answer)
    settings = models.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="ro-crate-1.3",
        requirement_severity=models.Severity.REQUIRED,
        no_cache=True,
    )
    result = services.validate(settings)
    assert result.context.settings.profile_identifier
    return [
        f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()
    ]
