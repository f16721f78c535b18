"""`evaluations power`."""

from __future__ import annotations

import json

import pytest

from evaluations.cli import main


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("--mean 0.92 --cutoff 0.9", 1450, 1750),
        ("--mean 0.8 --to 0.85 --turning 0.15", 460, 520),
        ("--mean 0.6 --to 0.75", 150, 170),
        ("--mean 0.85 --to 0.8 --turning 0.15", 460, 520),
        ("--difference 0.1 --deviation 0.4", 126, 130),
        ("--difference -0.1 --deviation 0.4 --power 0.9", 169, 174),
    ],
)
def test_how_many_datapoints(words: str, least: int, most: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Near what the textbook's normal approximations say; and that many have the power asked for."""
    assert main(["power", *words.split(), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert least <= found["datapoints"] <= most
    assert found["power"] >= (0.9 if "0.9" == words[-3:] and "power" in words else 0.8)
    words = words.removesuffix(" --power 0.9")
    assert main(["power", *words.split(), "--datapoints", str(found["datapoints"])]) == 0
    assert f"{found['datapoints']:,} datapoints do so {100 * found['power']:.1f} times" in capsys.readouterr().out


def test_it_says_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """For people."""
    assert main(["power", "--difference", "0.1", "--deviation", "0.4"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("find a mean difference of 0.1 when differences have a standard deviation of 0.4:\n  12")
    assert printed.endswith("times in 100, and 80 were asked for\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "give one of cutoff, to and deviation"),
        ("--mean 0.9 --cutoff 0.8 --to 0.7", "give one of cutoff, to and deviation"),
        ("--cutoff 0.8", "give mean as a number"),
        ("--mean 0.8 --cutoff 0.8", "no number of datapoints passes it"),
        ("--mean 1 --cutoff 1", "no number of datapoints passes it"),
        ("--mean 0.8 --to 0.8", "there is no difference to find"),
        ("--mean 0.8 --to 0.9 --turning 0.05", "give turning from 0.1 to 0.3"),
        ("--difference 0.1 --deviation 0.4 --turning 0.1", "turning says nothing about deviation"),
        ("--difference 0.1 --deviation 0.4 --mean 0.5", "mean says nothing about deviation"),
        ("--mean 0.9 --cutoff 0.8 --difference 0.1", "difference says nothing about cutoff"),
        ("--mean 0.9 --cutoff 0.8 --turning 0.1", "turning says nothing about cutoff"),
        ("--mean 0.8 --to 0.9 --difference 0.1", "leave difference out"),
        ("--mean 0.9 --cutoff 0.8 --power 0.9 --datapoints 5", "power and datapoints are two questions"),
        ("--difference 0 --deviation 0.1", "there is no difference to find"),
        ("--difference nan --deviation 0.1", "difference is missing"),
        ("--difference 0.00001 --deviation 1", "more than 10,000,000 datapoints are needed"),
    ],
)
def test_what_has_no_answer_is_refused(words: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what to give."""
    assert main(["power", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert reason in captured.err


@pytest.mark.parametrize("words", ["--power 1", "--power 0", "--datapoints 0", "--datapoints 100000000", "--mean 2"])
def test_numbers_off_their_scale(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(["power", *words.split()])
    assert caught.value.code == 2
    assert "is not " in capsys.readouterr().err
