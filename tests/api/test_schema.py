"""The API's document is true: whatever it lets a client send, the service answers as it says.

schemathesis makes requests up from the document, good ones and bad ones. `bench/` has more of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bench.api_schema import service as full_service
from bench.api_schema import try_all
from tests.api.conftest import Service

OPEN = {"/health", "/v1/hours", "/v1/destinations"}


@pytest.fixture
async def document(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = (await service.client().get("/v1/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"].endswith((".", "`")), name
        assert operation["tags"], name
        answers = operation["responses"]
        assert {"422", "429", "503"} <= set(answers), name
        assert ("401" in answers) == ("security" in operation), name
        for status, answer in answers.items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_only_what_is_published_needs_no_key(document: dict[str, Any]) -> None:
    unsecured = {
        path
        for path, methods in document["paths"].items()
        if any("security" not in operation for operation in methods.values())
    }
    assert unsecured == OPEN


def test_everything_that_changes_something_takes_an_idempotency_key(
    document: dict[str, Any],
) -> None:
    for name, operation in operations(document):
        names = {each["name"] for each in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == (not name.startswith("GET ")), name


def test_every_body_and_id_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                assert "example" in str(parameter), (name, parameter["name"])
        body = operation.get("requestBody")
        if body is None:
            continue
        reference = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        required = schemas[reference].get("required", [])
        for field in required:
            assert re.search("examples?", str(schemas[reference]["properties"][field])), (
                name,
                field,
            )


def test_no_request_breaks_the_service_or_the_document(tmp_path: Path) -> None:
    with full_service(tmp_path) as (app, known):
        outcomes = list(try_all(app, known, examples=2))
    assert len(outcomes) > 40
    assert [outcome for outcome in outcomes if outcome.failure is not None] == []
    assert not any(status >= 500 for outcome in outcomes for status in outcome.statuses)
