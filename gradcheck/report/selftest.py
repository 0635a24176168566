"""A self-test as text: the kill matrix, family by family, and beside it what is called wrong though it is right."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gradcheck.errors import GradcheckError
from gradcheck.records.kills import FORMAT, SelfTest
from gradcheck.report import files, words
from gradcheck.report.text import aligned

RECORD = "selftest.json"
"""The name of the record on disk; it lies beside that of a run."""
SCHEMA = "selftest.schema.json"
"""The name of the file in which its schema is published beside it."""


def encode(test: SelfTest) -> str:
    """Write the record as JSON, in the order of its fields."""
    record = {"$schema": SCHEMA, **msgspec.to_builtins(test)}
    return msgspec.json.format(msgspec.json.encode(record), indent=1).decode() + "\n"


def decode(text: str) -> SelfTest:
    """Read a record from JSON. Raises GradcheckError, saying what does not fit, if it is not one of this version."""
    try:
        test = msgspec.json.decode(text.encode(), type=SelfTest)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise GradcheckError(f"This is not the record of a self-test: {error}.") from error
    if test.format != FORMAT:
        raise GradcheckError(f"This record has format {test.format!r}; this version reads {FORMAT!r}.")
    return test


def schema() -> str:
    """Return the JSON schema that every record satisfies."""
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(SelfTest),
        "title": "gradcheck self-test",
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def write(test: SelfTest, folder: Path) -> list[Path]:
    """Write the record and its schema, each whole or not at all; return their paths."""
    return [files.write(folder / RECORD, encode(test)), files.write(folder / SCHEMA, schema())]


def text(test: SelfTest) -> str:
    """Write the kill matrix, one line for each mistake in each kind of layer."""
    lines = [*_head(test), ""]
    for family in dict.fromkeys(own.family for own in test.kills):
        lines += [f"  {family}", *(f"    {row}" for row in aligned(_rows(test, family))), ""]
    lines += _equivalents(test)
    return "\n".join([*lines, *_beside(test)])


def _head(test: SelfTest) -> Iterator[str]:
    count = Counter(own.outcome for own in test.kills)
    planted = words.count(len({own.mistake for own in test.kills}), "mistake")
    verdict = "PASSED" if test.passed else "INTERRUPTED" if test.stopped == "interrupted" else "FAILED"
    yield f"{verdict}  {planted} planted into {words.count(len(test.kills), 'place')} of the reference"
    real = len(test.kills) - count["equivalent"]
    yield f"  caught        {count['caught']:,} of {real:,}" + _named(test)
    yield f"  equivalent    {count['equivalent']:,}, which change nothing and are not counted"
    rate = f"{len(test.alarms)} of {words.count(test.right, 'network')} without a mistake"
    yield f"  false alarms  {rate}, {test.undecided} undecided"
    yield from (
        f"  MISSED        {own.mistake} in {own.layer}, {own.cases} cases"
        for own in test.kills
        if own.outcome == "missed"
    )
    yield from (
        f"  NOT HARMLESS  {own.mistake} in {own.layer}: {own.found_in}" for own in test.kills if own.outcome == "alarm"
    )
    yield from (f"  FALSE ALARM   {case}" for case in test.alarms)


def _named(test: SelfTest) -> str:
    said = Counter(own.named for own in test.kills if own.outcome == "caught")
    wrong = sum(many for name, many in said.items() if name not in ("named", "tie", "none"))
    return (
        f", {said['named']:,} called by name, {said['tie']} tied, {said['none']} without a name, {wrong} by a wrong one"
    )


def _rows(test: SelfTest, family: str) -> Iterator[tuple[str, ...]]:
    peers = _peers(test)
    yield "mistake", "layer", "cases", "numbers", "diagnosis", *peers, "noticed by"
    for own in test.kills:
        if own.family == family:
            told = [own.peers.get(name, "-") for name in peers]
            cases, numbers = str(own.cases), str(own.numbers or "-")
            yield own.mistake, own.layer, cases, numbers, own.named or "-", *told, own.stage or own.outcome.upper()


def _peers(test: SelfTest) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for own in test.kills for name in own.peers))


def _equivalents(test: SelfTest) -> Iterator[str]:
    harmless = [own for own in test.kills if own.outcome == "equivalent"]
    if harmless:
        yield "  equivalent: they give the right gradient at every point, or one that is as right"
        yield from (f"    {own.mistake} in {own.layer}: {own.argument}" for own in harmless)
        yield ""


def _beside(test: SelfTest) -> Iterator[str]:
    """Sum up what other checkers say about the same wrong gradients."""
    if not _peers(test):
        yield "  other checkers were not asked; with --peers they are"
        return
    caught = [own for own in test.kills if own.outcome == "caught"]

    def rows() -> Iterator[tuple[str, ...]]:
        yield "the same wrong gradients", "caught", "passed", "accuses the right one too", "cannot take it"
        yield "gradcheck", str(len(caught)), "0", "0", "0"
        for name in _peers(test):
            said = Counter(own.peers[name] for own in caught if own.peers)
            columns = ("caught", "passed", "accuses the right one too", "cannot take it")
            yield name, *(str(said[column]) for column in columns)

    yield from (f"  {row}" for row in aligned(rows()))
