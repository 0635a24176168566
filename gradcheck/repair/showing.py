"""The line that is guilty as it stands in the file, and as it would be repaired."""

import ast
import linecache
from contextlib import suppress
from pathlib import Path

from gradcheck.records.place import Place
from gradcheck.repair.edits import Edit
from gradcheck.repair.witnesses import Witness


def place(edit: Edit, witness: Witness, others: tuple[int, ...]) -> Place:
    """Return where an edit is made, with the line before and after."""
    old = edit.old
    text = linecache.getline(witness.tree.file, old.lineno)
    start = _column(text, old.col_offset)
    last = linecache.getline(witness.tree.file, old.end_lineno)
    end = _column(last, old.end_col_offset)
    wrong = text.rstrip("\n") if old.lineno == old.end_lineno else text[:start] + " ".join(ast.unparse(old).split())
    stop = end if old.lineno == old.end_lineno else len(wrong)
    right = _written(edit, wrong[:start], last[end:].rstrip("\n"))
    indent = len(wrong) - len(wrong.lstrip())
    return Place(
        file=from_here(witness.tree.file),
        line=old.lineno,
        function=witness.name,
        wrong=wrong.strip(),
        right=right.strip(),
        start=start - indent,
        end=stop - indent,
        others=others,
    )


def from_here(file: str) -> str:
    """Name a file as it is called from the working directory, if it lies below that."""
    here = Path.cwd()
    return str(Path(file).relative_to(here)) if Path(file).is_relative_to(here) else file


def _written(edit: Edit, before: str, after: str) -> str:
    """Write a line with what is new between what stands before and after it, in brackets if it needs them there."""
    bare = f"{before}{ast.unparse(edit.new)}{after}"
    if not isinstance(edit.new, ast.BinOp | ast.UnaryOp):
        return bare
    bracketed = f"{before}({ast.unparse(edit.new)}){after}"
    return bare if _parsed(bare) == _parsed(bracketed) != "" else bracketed


def _parsed(line: str) -> str:
    """Return how a line is read; empty if it is none by itself."""
    with suppress(SyntaxError):
        return ast.dump(ast.parse(line.strip()))
    return ""


def _column(line: str, offset: int) -> int:
    """Turn an offset in bytes, as syntax trees have it, into one in letters."""
    return len(line.encode()[:offset].decode(errors="ignore"))
