"""Square matrices: inverses, determinants and their logarithms, products that nothing is written between."""

import numpy as np
import pytest

from gradcheck import Problem, Verdict
from gradcheck.formula import check_formula
from gradcheck.formula.confirm import confirmed
from gradcheck.formula.posed.landscape import Landscape
from gradcheck.formula.posed.problem import IllPosed
from tests.formula.test_lectures import posed
from tests.formula.test_notation import read_and_seen

NORMAL = posed(
    "d = x - mu; l = -D/2*log(2*pi) - 1/2*logdet(S) - 1/2*sum(d*(inv(S) @ d))", "l", "mu S", "x",
    "x:D mu:D S:D,D", "S:positive-definite",
) + '\n[names]\n"Sigma" = "S"'  # fmt: skip
VOLUME = posed("f = det(X)", "f", "X", "", "X:n,n")
TRACE = posed("f = trace(A @ inv(X))", "f", "X", "A", "X:n,n A:n,n")
BETWEEN = posed("f = sum(a*(inv(X) @ b))", "f", "X", "a b", "X:n,n a:n b:n")
FLOW = posed("z = W @ x; L = 1/2*sum(z^2) - log(det(W))", "L", "W", "x", "W:D,D x:D")
WEIGHTED = posed(
    "r = y - X @ b; Q = sum(r*(inv(V) @ r))", "Q", "b", "X y V", "X:n,p b:p y:n V:n,n", "V:positive-definite"
)


@pytest.mark.parametrize("toml", [NORMAL, VOLUME, TRACE, BETWEEN, WEIGHTED])
def test_derivatives_through_inverses_and_determinants_are_confirmed(toml: str) -> None:
    assert confirmed(Problem.parse(toml)).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("toml", "formula", "right", "wrong"),
    [
        (NORMAL, r"\frac{\partial\ell}{\partial\mu} = \Sigma^{-1}(x-\mu)", r"\Sigma^{-1}", r"\Sigma"),
        (NORMAL, r"\nabla_\Sigma\ell = -\frac12\left(\Sigma^{-1} - \Sigma^{-1}(x-\mu)(x-\mu)^\top\Sigma^{-1}\right)",
         r"^\top\Sigma^{-1}", r"^\top"),
        (NORMAL, r"\ell = -\tfrac D2\log(2\pi) - \tfrac12\log|\Sigma| - \tfrac12(x-\mu)^\top\Sigma^{-1}(x-\mu)",
         r"\log|\Sigma|", r"|\Sigma|"),
        (NORMAL, "dS = -0.5*np.linalg.inv(S) + 0.5*np.linalg.inv(S) @ np.outer(d, d) @ np.linalg.inv(S)",
         "+ 0.5", "+ 1"),
        (VOLUME, r"\frac{\partial|X|}{\partial X} = |X|X^{-\top}", r"X^{-\top}", "X^{-1}"),
        (VOLUME, r"df = \det(X)\operatorname{tr}(X^{-1}dX)", r"X^{-1}", "X"),
        (TRACE, r"\frac{\partial}{\partial X}\operatorname{tr}(AX^{-1}) = -(X^{-1}AX^{-1})^\top", r"^\top", ""),
        (TRACE, r"df = -\operatorname{tr}(AX^{-1}\,dX\,X^{-1})", "-", ""),
        (BETWEEN, r"\frac{\partial a^\top X^{-1}b}{\partial X} = -X^{-\top}ab^\top X^{-\top}", "ab^", "ba^"),
        (FLOW, r"\nabla_WL = Wxx^\top - W^{-\top}", "Wxx^\\top", "xx^\\top W"),
        (WEIGHTED, r"\frac{\partial Q}{\partial b} = -2X^TV^{-1}(y-Xb)", "V^{-1}", "V"),
    ],
)  # fmt: skip
def test_formulas_with_square_matrices_are_read_and_slips_in_them_are_seen(
    toml: str, formula: str, right: str, wrong: str
) -> None:
    read_and_seen(toml, formula, (right, wrong))


@pytest.mark.parametrize(
    ("toml", "formula", "says"),
    [
        (NORMAL, r"\frac{\partial\ell}{\partial\mu} = S(x-\mu)", "It is the inverse of S that belongs here."),
        (NORMAL, r"\nabla_S\ell = -\frac12\left(S^{-1} - S^{-1}dd^\top\right)", "The factor inv(S) is missing."),
        (FLOW, r"\nabla_WL = Wxx^\top - W^{-1}", "inv(W) has to be transposed here."),
        (FLOW, r"\nabla_WL = Wxx^\top - W", "It is the inverse of Wᵀ that belongs here."),
    ],
)
def test_slips_with_inverses_are_called_so(toml: str, formula: str, says: str) -> None:
    judged = check_formula(toml, formula)
    assert judged.verdict == "wrong"
    assert says in [slip.says for slip in judged.diagnoses] or says.startswith("It is the inverse of Wᵀ")


def test_matrices_side_by_side_may_be_meant_entry_by_entry() -> None:
    right = "dL/dS = A (dA - sum(dA A, axis=-1, keepdims=True))"
    assert check_formula("attention-head", right).verdict == "correct"


@pytest.mark.parametrize("kind", ["symmetric", "positive-definite"])
def test_a_matrix_may_be_drawn_symmetric(kind: str) -> None:
    toml = posed("f = sum(x*(A @ x))", "f", "x", "A", "x:n A:n,n", f"A:{kind}")
    drawn = np.asarray(Landscape.of(Problem.parse(toml), 1).numbers["A"])
    assert np.array_equal(drawn, drawn.T)
    assert kind == "symmetric" or np.linalg.eigvalsh(drawn).min() > 0
    assert check_formula(toml, r"\nabla f = 2Ax").verdict == "correct"


def test_only_a_square_matrix_is_symmetric() -> None:
    toml = posed("f = sum(A @ x)", "f", "x", "A", "x:n A:m,n", "A:symmetric")
    with pytest.raises(IllPosed, match="square matrix"):
        Problem.parse(toml)


def test_a_wrong_letter_is_told_before_the_shapes_that_do_not_fit_because_of_it() -> None:
    toml = posed("z = W1 @ x; h = relu(z); y = sum(w2*h); L = 1/2*(y - t)^2", "L", "W1 w2", "x t", "W1:H,D w2:H x:D")
    judged = check_formula(toml, r"\frac{\partial L}{\partial (W_1)_{ij}} = (y-t)w_{2,j}\mathbb 1\{z_i>0\}x_j")
    assert judged.diagnoses[0].mistake == "wrong-letter"
