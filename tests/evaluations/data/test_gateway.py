"""Data sets that a TensorZero gateway holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from evaluations.data.dataset import open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import EvaluationsError, UsageError
from evaluations.model import Datapoint
from tests.evaluations.data.test_tensorzero import exported
from tests.servers.datasets import Gateway, serve

ROWS = [exported(id=f"id{number}", function_name="even" if number % 2 == 0 else "odd") for number in range(7)]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """One with a data set of seven datapoints."""
    with serve(Gateway({"my data/set": ROWS})) as running:
        yield running


def read(gateway: Gateway, **settings: Any) -> list[Datapoint]:
    """The datapoints, checked and read once more."""
    given = {"url": gateway.url, "dataset_name": "my data/set", **settings}
    with open_dataset(msgspec.convert({"gateway": given}, DatasetSpec)) as dataset:
        contents = dataset.check()
        return list(dataset.checked(contents))


def test_a_short_page_is_not_the_end(gateway: Gateway) -> None:
    """A gateway may give fewer than it is asked for."""
    gateway.most = 2
    assert 7 == len(read(gateway, page_size=5))


@pytest.mark.parametrize("size", [1, 3, 7, 500])
def test_all_pages_are_read(gateway: Gateway, size: int) -> None:
    """However many there are; the oldest first, so that what is added meanwhile comes last."""
    assert [row["id"] for row in ROWS] == [point.id for point in read(gateway, page_size=size)]
    assert (0, 7) == (gateway.asked[0]["offset"], gateway.asked[-1]["offset"])
    assert [{"by": "timestamp", "direction": "ascending"}] == gateway.asked[0]["order_by"]
    assert [None] == list(set(gateway.keys))


def test_one_function(gateway: Gateway) -> None:
    """The gateway chooses."""
    assert ["id1", "id3", "id5"] == [point.id for point in read(gateway, function_name="odd")]


def test_the_key_comes_from_the_environment(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name that the settings give."""
    gateway.key = "secret"
    monkeypatch.setenv("GATEWAY_KEY", "secret")
    assert 7 == len(read(gateway, api_key_location="env::GATEWAY_KEY"))
    monkeypatch.delenv("GATEWAY_KEY")
    with pytest.raises(UsageError, match="the gateway's key is not set") as caught:
        read(gateway, api_key_location="env::GATEWAY_KEY")
    assert "export GATEWAY_KEY=..." == caught.value.do


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ({"key": "secret"}, 'the gateway answers 401: {"error": "TensorZero API key is missing or wrong"}'),
        ({"answer": (500, b"")}, "the gateway answers 500: nothing"),
        ({"answer": (200, b"<html>")}, "the gateway's answer is not JSON at column 1"),
        ({"answer": (200, b"\xff")}, "the gateway's answer is not usable JSON"),
        ({"answer": (200, b"[]")}, 'the gateway\'s answer has no list "datapoints"'),
        ({"answer": (200, b'{"datapoints": [1, 2, 3]}')}, "more datapoints than it was asked for"),
        ({"answer": (200, b'{"datapoints": [1, 2]}')}, "the same page again and again"),
        ({"answer": (200, b'{"datapoints": []}'), "cut": True}, "cut short: 100 bytes are missing"),
    ],
)  # fmt: skip
def test_faults_are_one_clear_error(gateway: Gateway, fault: dict[str, Any], what: str) -> None:
    """With the address, and before the first question."""
    for name, value in fault.items():
        setattr(gateway, name, value)
    with pytest.raises(EvaluationsError) as caught:
        read(gateway, page_size=2)
    assert what in caught.value.what
    assert f"{gateway.url}/v1/datasets/my%20data%2Fset/list_datapoints" == caught.value.where
    assert caught.value.do


def test_a_gateway_that_sends_the_key_back(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not in the message."""
    monkeypatch.setenv("GATEWAY_KEY", "sk-secret")
    gateway.answer = (400, b"the key sk-secret is wrong")
    with pytest.raises(EvaluationsError, match=r"the gateway answers 400: the key \[hidden\] is wrong"):
        read(gateway, api_key_location="env::GATEWAY_KEY")


def test_a_gateway_that_is_not_there(gateway: Gateway) -> None:
    """The reason is the system's."""
    with serve(Gateway({})) as other:
        gone = other.url
    with pytest.raises(EvaluationsError, match=r"the gateway does not answer.*refused"):
        read(gateway, url=gone)


def test_a_page_that_is_too_large(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it is in memory."""
    monkeypatch.setattr("evaluations.data.gateway._LARGEST_PAGE", 1000)
    with pytest.raises(EvaluationsError, match="a page is larger than") as caught:
        read(gateway)
    assert "ask for less with page_size" == caught.value.do


def test_a_redirect_is_not_followed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is for the gateway alone."""
    monkeypatch.setenv("GATEWAY_KEY", "secret")
    with serve(Gateway({})) as other:
        gateway.redirect = other.url
        with pytest.raises(EvaluationsError, match="the gateway answers 302"):
            read(gateway, api_key_location="env::GATEWAY_KEY")
    assert [] == other.asked


def test_an_empty_data_set_is_an_error(gateway: Gateway) -> None:
    """A gateway gives an empty list for one that it does not know."""
    with pytest.raises(EvaluationsError, match="there is no datapoint in it") as caught:
        read(gateway, dataset_name="unknown")
    assert f"{gateway.url}, unknown" == caught.value.where
