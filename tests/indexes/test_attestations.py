"""Attestations are made by one session that may prove which CI job it is, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.indexes.conftest import Shop, make_shop
from tests.indexes.places import like_pypi

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]

TOKEN = "a-token-of-the-ci-job"
CI = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": TOKEN, "ACTIONS_ID_TOKEN_REQUEST_URL": "https://ci/"}
SESSION = '''

@nox.session(venv_backend="none")
def attest(session: nox.Session) -> None:
    """Write what a signer would, beside the files; say too much."""
    print("signing with", os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
    folder = Path(os.environ["RELEASE_WHEEL"]).parent
    for file in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
        if not Path("one").exists() or file.suffix == ".whl":
            file.with_name(f"{file.name}.publish.attestation").write_text("{}")
'''


@pytest.fixture
def shop(tmp_path: Path, cache: Path) -> Iterator[Shop]:
    """Its index takes attestations, `attest` makes them, and the gate `quick` refuses what could make them."""
    with like_pypi(canary=False) as place:
        made = make_shop(place, tmp_path / "clone", cache)
        root = made.sample.root
        text = (root / "pyproject.toml").read_text().replace("[tool.release]\n", '[tool.release]\nattest = "attest"\n')
        text = text.replace('kind = "package-index"\n', 'kind = "package-index"\nattestations = true\n')
        sessions = (root / "noxfile.py").read_text() + SESSION
        refusing = '    assert "ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in os.environ\n    if Path("broken")'
        made.sample.commit(
            "Attest", pyproject__toml=text, noxfile__py=sessions.replace('    if Path("broken")', refusing)
        )
        yield made


def test_one_session_makes_them(shop: Shop) -> None:
    """Each file goes out with its own; the token is in no log, and the gates never had it."""
    shop.sample.tag("0.1.0")
    said = shop.run("release", code=0, **CI)
    assert "make the attestations" in said
    stored = shop.place.behind["stable"].files
    assert 2 == len(stored)
    assert all(file.attestations for file in stored.values())
    logs = list((shop.sample.root / ".release" / "releases").rglob("attest.txt"))
    assert ["signing with [secret]"] == [
        line for log in logs for line in log.read_text().splitlines() if line.startswith("signing")
    ]
    written = [path for path in shop.sample.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]


def test_without_an_identity_nothing_is_published(shop: Shop) -> None:
    """The session fails, or leaves a file out: the release stops before anything is brought anywhere, and says why."""
    shop.sample.tag("0.1.0")
    said = shop.run("release", code=4)
    assert "the attestations were not made, nothing was published: attest failed" in said
    assert "KeyError: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'" in said
    shop.sample.commit("Sign one alone", one="")
    shop.sample.tag("0.2.0")
    said = shop.run("release", code=4, **CI)
    assert "attest passed, and did not write sample_project-0.2.0.tar.gz.publish.attestation" in said
    assert {} == shop.place.behind["stable"].files
