"""The OpenAPI document says what is so: schemathesis asks what it allows and what it does not."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.recognition.gate import Limits
from tests.dashboard.recognition.house import (
    FakeRecogniser,
    House,
    face,
    open_house,
    person,
    picture,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FEW = settings(BOUNDED, max_examples=5)
HERE = {"host": "localhost"}
ROUTES = {
    ("/recognition", "GET"),
    ("/recognition", "POST"),
    ("/recognition/people", "GET"),
    ("/recognition/people", "POST"),
    ("/recognition/people/{number}", "DELETE"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("race")
    recogniser = FakeRecogniser(people=(person(shows=face()), person(None)), loose=(face(1),))
    house = open_house(folder, recogniser, Limits(per_minute=100_000, max_bytes=100_000))
    yield house
    house.close()


@pytest.fixture(scope="module")
def document(house: House) -> BaseSchema:
    return schemathesis.openapi.from_asgi(
        "/api/openapi.json",
        house.app,
        headers={**HERE, "authorization": f"Bearer {house.tokens['admin']}"},
    )


def asked(
    house: House,
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    checks: list[CheckFunction],
    how: settings = BOUNDED,
) -> Counter[int]:
    """The statuses of answers to made-up requests, each of which passed the checks."""
    statuses: Counter[int] = Counter()
    signed_in = {**HERE, "authorization": f"Bearer {house.tokens['admin']}"}

    @how
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call(headers=signed_in)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=checks)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ask()
    return statuses


@pytest.mark.parametrize(("path", "method"), sorted(ROUTES))
def test_what_the_document_allows(
    house: House, document: BaseSchema, path: str, method: str
) -> None:
    statuses = asked(house, document[path][method], GenerationMode.POSITIVE, CHECKS)
    assert statuses.keys() <= {200, 204, 404, 415, 422}, statuses


@pytest.mark.parametrize(("path", "method"), sorted(route for route in ROUTES if route[1] != "GET"))
def test_what_the_document_forbids(
    house: House, document: BaseSchema, path: str, method: str
) -> None:
    statuses = asked(house, document[path][method], GenerationMode.NEGATIVE, CHECKS)
    assert statuses
    assert statuses.keys() <= {400, 404, 405, 415, 422}, statuses


def test_the_other_routes_that_read_never_fail(house: House, document: BaseSchema) -> None:
    n_asked = 0
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.method.upper() == "GET" and operation.path.startswith("/api/"):
            n_asked += asked(house, operation, GenerationMode.POSITIVE, CHECKS[:1], FEW).total()
    assert n_asked > 20


def test_a_real_answer_is_as_the_document_says(house: House, document: BaseSchema) -> None:
    """Made-up bytes are no picture: what comes for one is checked here."""
    answer = house.client().post("/recognition", files={"file": ("a", picture())})
    assert answer.status_code == 200
    operation = document["/recognition"]["POST"]
    operation.validate_response(answer)
    broken = {**answer.json(), "width": "wide"}
    answer._content = str(broken).encode()
    with pytest.raises(Exception, match=r"(?i)schema|json|deserial"):
        operation.validate_response(answer)


def test_the_document_has_every_route_and_refusal(house: House) -> None:
    paths = house.client().get("/api/openapi.json").json()["paths"]
    found = {
        (path, method.upper())
        for path in paths
        if path.startswith("/recognition")
        for method in paths[path]
    }
    assert found == ROUTES
    assert {"200", "400", "408", "413", "415", "422", "429", "503"} <= set(
        paths["/recognition"]["post"]["responses"]
    )
