"""The model server: what other tests rest on."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.servers import model as module
from tests.servers.model import FAULTS, Fault, Model, ModelServer
from tests.waiting import until

PROGRAM = str(Path(module.__file__))


def post(connection: http.client.HTTPConnection, question: Any) -> tuple[int, dict[str, Any]]:
    """Ask on a connection that stays open."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}]})
    connection.request("POST", "/v1/chat/completions", body)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def connect(url: str) -> http.client.HTTPConnection:
    """To a server's URL."""
    return http.client.HTTPConnection(url.removeprefix("http://").removesuffix("/v1"), timeout=5)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is 17 + 25? Answer with the number only.", "42"),
        ("What is -3 - 4?", "-7"),
        ("What is 6 * 7?", "42"),
        ("What is 84 / 2?", "42"),
        ("What is 1 / 0?", "I do not know."),
        ("What is __import__('os') + 1?", "I do not know."),
        ("", "I do not know."),
    ],
)
def test_arithmetic_is_worked_out_safely(question: str, expected: str) -> None:
    """Two whole numbers and one sign; nothing is ever evaluated."""
    assert expected == Model().answer(question)


def test_answers_come_from_a_file(tmp_path: Path) -> None:
    """And nothing else is known then."""
    path = tmp_path / "answers.jsonl"
    path.write_text('{"input": "q", "reference": "r"}\n\n')
    model = Model(answers=module.read_answers(path))
    assert ("r", "I do not know.") == (model.answer("q"), model.answer("What is 1 + 1?"))


def test_the_share_of_wrong_answers_depends_on_the_seed_only() -> None:
    """About as many as asked for, the same each time, others for another seed."""
    questions = [f"What is {number} + 1?" for number in range(1000)]

    def wrong(seed: int) -> list[bool]:
        return [Model(wrong=0.3, seed=seed).answer(question).startswith("not ") for question in questions]

    assert 250 < sum(wrong(1)) < 350
    assert wrong(1) == wrong(1)
    assert wrong(1) != wrong(2)


def test_a_connection_is_kept_and_requests_are_counted() -> None:
    """Several questions, text or parts, on one connection."""
    with ModelServer(wrong=0.0) as server:
        connection = connect(server.url)
        assert (200, "4") == _content(post(connection, "What is 2 + 2?"))
        descriptor = connection.sock.fileno()
        assert (200, "5") == _content(post(connection, [{"type": "text", "text": "What is 2 + 3?"}]))
        assert descriptor == connection.sock.fileno()
        connection.request("GET", "/v1/models")
        assert json.loads(connection.getresponse().read())["data"][0]["id"] == module.MODEL
        connection.request("GET", "/counts")
        assert {"requests": 2, "most_at_once": 1} == json.loads(connection.getresponse().read())
        connection.close()
        assert (2, 0) == (server.requests, server.at_once)


def _content(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return answer[0], answer[1]["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\n\r\n", 404),
        (b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 1\r\n\r\n{", 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ],
)
def test_wrong_requests_are_refused(request_: bytes, status: int) -> None:
    """As a real server would, also where they come in two pieces, or two at once."""
    with ModelServer() as server:
        host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
        with socket.create_connection((host, int(port)), 5) as connection:
            connection.sendall(request_[:10])
            time.sleep(0.01)
            connection.sendall(request_[10:] + request_)
            answer = connection.recv(1000)
            while status != 411 and answer.count(b"HTTP/1.1") < 2:
                answer += connection.recv(1000)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_a_client_that_leaves_is_forgotten() -> None:
    """Its answer is not waited for by anybody."""
    with ModelServer(latency=0.05) as server:
        connection = connect(server.url)
        connection.request("POST", "/v1/chat/completions", '{"messages": [{"content": "q"}]}')
        until(lambda: server.at_once)
        connection.close()
        until(lambda: not server.at_once)
        assert (1, 0) == (server.requests, server.at_once)


def test_faults_hit_a_share_so_many_times() -> None:
    """Chosen by question, then the answer comes."""
    model = Model(faults=[Fault("500", share=0.5, times=2)])
    hit = []
    for number in range(200):
        kinds = []
        for _attempt in range(3):
            model.attempts[str(number)] += 1
            kinds.append(model.fault(str(number)))
        assert kinds[0] == kinds[1]
        assert kinds[2] is None
        hit.append(kinds[0] is not None)
    assert 70 < sum(hit) < 130


def test_faults_are_parsed_and_unknown_ones_refused() -> None:
    """KIND, KIND:SHARE, KIND:SHARE:TIMES."""
    assert Fault("429") == Fault.parse("429")
    assert Fault("500", 0.5) == Fault.parse("500:0.5")
    assert Fault("reset", 0.5, 2) == Fault.parse("reset:0.5:2")
    with pytest.raises(ValueError, match="no fault 'oops'"):
        Fault.parse("oops")
    assert len(FAULTS) == len(set(FAULTS))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_a_program(number: signal.Signals) -> None:
    """That prints its URL first, and ends when told to."""
    words = [sys.executable, PROGRAM, "--latency", "0.01", "--wrong", "1", "--fault", "500:0", "--retry-after", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/models", timeout=5) as response:
            assert response.status == 200
        server.send_signal(number)
        assert server.wait(5) in (130, -signal.SIGTERM)
