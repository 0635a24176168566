"""``%%gradcheck`` judges the functions and classes of a notebook cell, as ``gradcheck check`` judges those of a file.

    %load_ext gradcheck

    %%gradcheck
    def loss(w, X, y): ...
    def loss_grad(w, X, y): ...

After the magic's name stand inputs, if they are not to be guessed: ``%%gradcheck w=4 X=3x4 y=int:3:2``.
"""

from dataclasses import replace
from types import ModuleType
from typing import Any

from gradcheck.errors import GradcheckError


def judge_cell(shell: Any, line: str, cell: str) -> None:
    """Run a cell, judge what it defines, and show the results; of a cell that fails the shell has told already."""
    from gradcheck import discover

    before = dict(shell.user_ns)
    if not shell.run_cell(cell).success:
        return
    new = {name: thing for name, thing in shell.user_ns.items() if before.get(name) is not thing and name[0] != "_"}
    module = ModuleType(shell.user_ns.get("__name__", "__main__"))
    vars(module).update(new)
    try:
        subjects = discover.find(module)
        inputs = discover.inputs_of(subjects, line) if subjects else {}
        if not subjects:
            print(f"Nothing to judge was found in this cell. What is recognised:\n\n{discover.CONVENTIONS}")
        for subject in subjects:
            result = discover.judge(subject, inputs, "this cell")
            _show(replace(result, reproduce=""))  # the cell itself is what shows it again
    except GradcheckError as error:
        print(f"gradcheck: {error}")


def _show(result: Any) -> None:
    """Show a result as the notebook shows results; as text where there is no notebook."""
    try:
        from IPython.display import display
    except ImportError:
        print(result)
    else:
        display(result)


def register(shell: Any) -> None:
    """Make the magic known to a shell."""

    def magic(line: str, cell: str) -> None:
        judge_cell(shell, line, cell)

    shell.register_magic_function(magic, "cell", "gradcheck")
