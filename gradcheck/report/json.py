"""The record on disk: a run as JSON, its schema, and the way back."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gradcheck.errors import GradcheckError
from gradcheck.records import FORMAT, Result, Run

SCHEMA = "run.schema.json"
"""The name of the file in which the schema is published beside every record."""


class _Head(msgspec.Struct):
    """As much of a record as says which version it is of."""

    format: str = ""


def encode(run: Run) -> str:
    """Write a run as JSON, in the order of its fields."""
    record = {"$schema": SCHEMA, **msgspec.to_builtins(run)}
    return msgspec.json.format(msgspec.json.encode(record), indent=1).decode() + "\n"


def encode_result(result: Result) -> str:
    """Write one result as JSON, in the order of its fields."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1).decode() + "\n"


def encode_results(results: Sequence[Result]) -> str:
    """Write several results as one JSON array."""
    return msgspec.json.format(msgspec.json.encode(results), indent=1).decode() + "\n"


def decode(text: str) -> Run:
    """Read a run from JSON. Raises GradcheckError, saying what does not fit, if it is not one of this version."""
    try:
        written = msgspec.json.decode(text.encode(), type=_Head).format
        if written.partition("/")[0] == FORMAT.partition("/")[0] and written != FORMAT:
            raise GradcheckError(f"This record has format {written!r}; this version reads {FORMAT!r}.")
        return msgspec.json.decode(text.encode(), type=Run)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise GradcheckError(f"This is not the record of a run: {error}.") from error


def schema(run: Run | None = None) -> str:  # noqa: ARG001 - the same for every run, written beside each
    """Return the JSON schema that every record satisfies."""
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Run),
        "title": "gradcheck run",
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
