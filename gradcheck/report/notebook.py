"""The notebook view of a run: the report as Markdown cells, and code cells that judge every finding again."""

import json
from typing import Any

from gradcheck.records import Run
from gradcheck.report.pages import markdown


def notebook(run: Run) -> str:
    """Write a run as a Jupyter notebook."""
    cells = [_cell(0, "markdown", markdown(run))]
    for example in run.counterexamples:
        call = f"judge(parse_case({example.case!r}){f', {run.planted!r}' if run.planted else ''})"
        cells.append(_cell(len(cells), "code", f"from gradcheck.run import judge, parse_case\n\n{call}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
    cell["source"] = source.splitlines(keepends=True)
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
