"""What names mean: pairs of functions, gradients of arguments, and the arguments of backward passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.discover import names, pairing
from gradcheck.discover.names import Role

STEMS = st.from_regex(r"[a-z]{3,8}(_[a-z]{3,6})?", fullmatch=True).filter(
    lambda name: not names.MARKERS & set(names.words(name)) and not names.is_helper(name) and name[0] != "d"
)
CONVENTIONS = [
    ("{}", "{}_grad"), ("{}", "grad_{}"), ("{}", "d{}"), ("{}", "{}_backward"), ("{}", "{}_vjp"), ("{}", "{}_prime"),
    ("{}", "{}_derivative"), ("{}_forward", "{}_backward"), ("forward_{}", "backward_{}"), ("{}_fwd", "{}_bwd"),
    ("{}", "gradient_of_{}".replace("of_", "")), ("{}_loss", "{}_grad"), ("compute_{}", "{}_gradient"),
    ("{}", "derived_{}"), ("{}", "{}_derivate"),
]  # fmt: skip


@given(STEMS, st.sampled_from(CONVENTIONS), st.lists(STEMS, max_size=3))
def test_a_pair_is_found_among_others(stem: str, convention: tuple[str, str], others: list[str]) -> None:
    f, gradient = (part.format(stem) for part in convention)
    takes = {name: ["x"] for name in [*(own for own in others if own[1:] != f and own not in f), f, gradient]}
    assert (f, gradient) in pairing.pairs(takes)


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        ("f", "grad"),
        ("f", "df"),
        ("loss", "gradient"),
        ("cost", "grad"),
        ("forward", "backward"),
        ("loss_fn", "grad_fn"),
    ],
)
def test_bare_names_are_pairs(f: str, gradient: str) -> None:
    assert pairing.pairs({f: ["w"], gradient: ["w"]}) == [(f, gradient)]


def test_of_two_functions_the_one_with_the_same_arguments_is_meant() -> None:
    takes = {"loss": ["w", "X", "y"], "compute_cost": ["X", "y", "theta"], "compute_gradient": ["X", "y", "theta"]}
    assert pairing.pairs(takes) == [("compute_cost", "compute_gradient")]


@pytest.mark.parametrize("gradient", ["dloss_dw", "d_loss_d_w", "dL_dw", "loss_grad_w", "grad_loss_wrt_w"])
def test_a_partial_derivative_is_told_by_what(gradient: str) -> None:
    assert pairing.pairs({"loss": ["w", "b"], gradient: ["w", "b"]}) == [("loss", gradient)]
    assert pairing.partial_of(gradient, "loss", ["b", "w"]) == "w"


@pytest.mark.parametrize(
    ("function", "gradient", "takes", "by"),
    [
        ("frobenius", "grad_W", "V W H", "W"),
        ("stress", "X_grad", "X D", "X"),
        ("call_price", "vega", "S K T r sigma", "sigma"),
        ("call_price", "call_delta", "S K T r sigma", "S"),
        ("value", "delta", "s a r", None),
        ("put_price", "call_delta", "S K T r sigma", None),
    ],
)
def test_a_derivative_may_name_nothing_but_by_what_it_is(
    function: str, gradient: str, takes: str, by: str | None
) -> None:
    pairs = pairing.pairs({function: takes.split(), gradient: takes.split()})
    assert pairs == ([(function, gradient)] if by else [])
    assert not by or pairing.by_argument(gradient, takes.split()) == by


@pytest.mark.parametrize("name", ["dW1", "d_W1", "grad_W1", "W1_grad", "dL_dW1", "dLdW1", "gradW1", "dw1", "gW1"])
def test_the_gradient_of_an_argument(name: str) -> None:
    assert names.of_gradient(name, ["x", "W1", "b1"]) == "W1"
    assert names.of_gradient(name, ["x", "b1"]) is None


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("weight_gradient", "weights"),
        ("bias_gradient", "bias"),
        ("weightGradient", "weights"),
        ("grad_weight", "weights"),
        ("dweights", "weights"),
        ("dW", "weights"),
        ("db", "bias"),
        ("dbiases", "bias"),
        ("dU_total", "U"),
        ("dW_sum", "weights"),
        ("grad_U_acc", "U"),
        ("weight_grad_total", "weights"),
        ("total_dU", "U"),
        ("sum_grad_weights", "weights"),
        ("partial_U", "U"),
        ("U_derivative", "U"),
        ("derivative_wrt_h0", "h0"),
        ("grads_U", "U"),
        ("score_gradient", None),
        ("U_prime", None),
        ("gradient", None),
        ("data", None),
        ("total", None),
    ],
)
def test_a_gradient_may_name_its_argument_in_other_words(name: str, argument: str | None) -> None:
    assert names.of_gradient(name, ["features", "labels", "weights", "bias", "U", "h0"]) == argument


@pytest.mark.parametrize(
    ("backward", "forward", "expected"),
    [
        ("dout cache", "x w b", "cotangent cache"),
        ("grad_output x w", "x w", "cotangent argument argument"),
        ("x w dy", "x w", "argument argument cotangent"),
        ("upstream x", "x", "cotangent argument"),
        ("dnext_h dnext_c cache", "x prev_h", "cotangent cotangent cache"),
        ("dZ stored", "A W b", "cotangent cache"),
        ("delta learning_rate", "x", "cotangent rate"),
        ("incoming", "x", "cotangent"),
    ],
)
def test_the_arguments_of_a_backward_pass(backward: str, forward: str, expected: str) -> None:
    assert names.roles(backward.split(), forward.split(), True) == [Role(own) for own in expected.split()]


def test_the_arguments_of_a_gradient() -> None:
    assert names.roles(["w", "X"], ["w", "X"], False) == [Role.ARGUMENT, Role.ARGUMENT]
    assert names.roles(["z"], ["x"], False) == [Role.ARGUMENT]
    assert names.roles(["out"], ["x"], False) == [Role.OUTPUT]
    assert names.roles(["something", "else"], ["x"], False) is None


def test_a_target_beside_an_output_does_not_arrive() -> None:
    """The cost is in such a backward pass itself."""
    assert names.roles(["target", "out", "cache"], ["x"], True) is None
    assert names.roles(["target", "cache"], ["x"], True) == [Role.COTANGENT, Role.CACHE]


@pytest.mark.parametrize("f", ["binary_cross_entropy", "bce", "bce_loss"])
@pytest.mark.parametrize("gradient", ["bce_gradient", "binary_cross_entropy_grad"])
def test_a_name_may_be_said_in_short(f: str, gradient: str) -> None:
    takes = {"categorical_cross_entropy": ["p", "t"], f: ["p", "t"], gradient: ["p", "t"]}
    assert pairing.pairs(takes) == [(f, gradient)]


@pytest.mark.parametrize("name", ["loss", "relu", "forward", "dense", "f"])
def test_another_of_the_same_is_no_derivative(name: str) -> None:
    assert pairing.pairs({name: ["x"], f"{name}2": ["x"]}) == []


@pytest.mark.parametrize("first", ["fprime", "f_prime", "df", "f_grad"])
def test_a_second_derivative_is_that_of_the_first(first: str) -> None:
    assert pairing.pairs({own: ["x"] for own in ("f", first, f"{first}2")}) == [("f", first), (first, f"{first}2")]
    assert pairing.pairs({"fprime": ["x"], "fprime2": ["x"]}) == [("fprime", "fprime2")]


@pytest.mark.parametrize(("first", "second"), [("f_grad", "f_hess"), ("grad_f", "hessian_f"), ("gradient_f", "hess_f")])
def test_a_hessian_is_that_of_the_gradient_and_of_no_value(first: str, second: str) -> None:
    assert pairing.pairs({own: ["x"] for own in ("f", first, second)}) == [("f", first), (first, second)]
    assert pairing.pairs({own: ["x"] for own in ("f", second)}) == []
