"""Proxies that the environment names, and their passwords."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from evaluations import ChatTarget, ExactMatch, evaluate
from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Refusal
from evaluations.running.retries import Retries
from tests.evaluations.targets.raw import respond, serve
from tests.servers.model import ModelServer

TOKEN = base64.b64encode("alice:s3cret/pä".encode()).decode()


def ask(url: str, api_key: str | None = None) -> Answer | Refusal:
    """One question, once."""

    async def run() -> Answer | Refusal:
        async with ChatTarget(url, "m", api_key=api_key, timeout=5) as target:
            request = target.prepare(Datapoint("1", "?"))
            assert isinstance(request, bytes)
            return await target.attempt(request)

    return asyncio.run(run())


def test_a_proxy_is_used_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """As HTTP_PROXY says, with its scheme or without, unless NO_PROXY names the host."""
    with ModelServer() as server:
        address = server.url.removesuffix("/v1").removeprefix("http://")
        monkeypatch.setenv("http_proxy", f"http://alice:s3cret%2Fp%C3%A4@{address}")
        assert isinstance(ask("http://model.invalid/v1"), Answer)
        assert f"Proxy-Authorization: Basic {TOKEN}" in server.seen[0][0]
        monkeypatch.setenv("http_proxy", address)
        assert isinstance(ask("http://model.invalid/v1", api_key="sk-1"), Answer)
        assert "Proxy-Authorization" not in server.seen[1][0]
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        ask(server.url)
        assert server.seen[2][0].startswith("POST /v1/")


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 for alice:s3cret/pä"])
def test_a_tunnel_that_is_refused_keeps_the_password(
    status: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proxy gets it, the API key it does not; the run's files and what is shown have neither."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    with serve(lambda _body: [respond(b"", status)]) as proxy:
        address = proxy.url.removeprefix("http://")
        monkeypatch.setenv("https_proxy", f"http://alice:s3cret%2Fp%C3%A4@{address}")
        target = ChatTarget("https://model.invalid/v1", "m", api_key="sk-1")
        run = evaluate(
            [{"input": "q", "reference": "a"}], target, ExactMatch(), output=tmp_path, retries=Retries(attempts=1)
        )
        (head,) = proxy.heads
    assert head.startswith("CONNECT model.invalid:443 ")
    assert f"Proxy-Authorization: Basic {TOKEN}" in head
    assert "sk-1" not in head
    failure = run.results[0].failure
    assert failure is not None
    assert ("connection", True) == (failure.cause, failure.message.startswith(status[:3]))
    written = "".join(path.read_text() for path in tmp_path.iterdir()) + failure.message + "".join(capsys.readouterr())
    assert not [form for form in ("s3cret", TOKEN) if form in written]


def test_a_proxy_that_sends_the_password_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever form, it is not in the message."""
    body = {"error": f"s3cret/pä, s3cret%2Fp%C3%A4 and {TOKEN}"}
    with serve(lambda _body: [respond(body, "407 Proxy Authentication Required")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//alice:s3cret%2Fp%C3%A4@"))
        refusal = ask("http://model.invalid/v1")
    assert isinstance(refusal, Refusal)
    assert "HTTP 407: [hidden], [hidden] and [hidden]" == refusal.failure.message


@pytest.mark.parametrize("proxy", ["socks5://alice:s3cret@host", "http://alice:s3cret@host:port", "http://"])
def test_what_is_no_proxy_is_refused(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked, and without its password."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(UsageError, match="the proxy is no http or https address") as caught:
        ChatTarget("https://model.invalid/v1", "m")
    assert "variable https_proxy" == caught.value.where
    assert "s3cret" not in str(caught.value)
