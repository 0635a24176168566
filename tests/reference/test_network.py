"""The chain rule over a graph: sums where routes meet, and nothing visited that nobody asked for."""

import numpy as np
import pytest

from gradcheck.errors import IllFormed
from gradcheck.op import Array, Gradients, Op, Pullback
from gradcheck.reference import Add, Affine, HalfSumOfSquares, Network, Node, Scale, Tanh


def test_a_value_used_twice_receives_both_gradients() -> None:
    network = Network((Node("h", Tanh(), {"x": "x"}), Node("y", Add(), {"left": "h", "right": "h"})))
    x = np.array([[0.3, -1.2]])
    _, pullback = network(x=x)
    np.testing.assert_allclose(pullback(np.ones((1, 2)))["x"], 2.0 * (1.0 - np.tanh(x) ** 2))


def test_a_parameter_named_twice_is_one_parameter() -> None:
    network = Network(
        (
            Node("first", Scale(), {"x": "x", "w": "w"}),
            Node("second", Scale(), {"x": "first", "w": "w"}),
        )
    )
    x, w = np.array([[2.0]]), np.array(3.0)
    value, pullback = network(x=x, w=w)
    assert value == 18.0
    assert pullback(np.ones((1, 1)))["w"] == 2 * 2.0 * 3.0  # d(w^2 x)/dw = 2 w x


class Counting(Op):
    """The identity, which counts how often its pullback is asked."""

    asked = 0

    def forward(self, x: Array) -> tuple[Array, Pullback]:
        """Return x."""

        def pullback(dy: Array) -> Gradients:
            self.asked += 1
            return {"x": dy}

        return x, pullback


def test_only_nodes_that_the_wanted_parameter_reaches_are_visited() -> None:
    early, late = Counting(), Counting()
    network = Network(
        (
            Node("early", early, {"x": "x"}),
            Node("z", Scale(), {"x": "early", "w": "w"}),
            Node("late", late, {"x": "z"}),
        )
    )
    _, pullback = network(x=np.ones((1, 1)), w=np.array(2.0))
    gradients = pullback(np.ones((1, 1)), ["w"])  # type: ignore[call-arg] # a network's may be asked for some
    assert gradients.keys() == {"w"}
    assert (early.asked, late.asked) == (0, 1)


def test_an_input_that_the_output_does_not_depend_on_has_gradient_zero() -> None:
    network = Network((Node("unused", Tanh(), {"x": "a"}), Node("y", Tanh(), {"x": "b"})))
    _, pullback = network(a=np.ones((2, 3)), b=np.ones((1, 1)))
    assert not pullback(np.ones((1, 1)))["a"].any()


def test_the_target_of_a_loss_is_a_constant() -> None:
    network = Network(
        (
            Node("y", Affine(), {"x": "x", "W": "W", "b": "b"}),
            Node("L", HalfSumOfSquares(), {"y": "y", "target": "t"}),
        )
    )
    assert network.inputs == ("x", "W", "b", "t")
    assert network.constants == {"t"}


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ((), "at least one node"),
        ((Node("a", Tanh(), {"x": "x"}), Node("a", Tanh(), {"x": "x"})), "must differ"),
        ((Node("a", Tanh(), {"x": "b"}), Node("b", Tanh(), {"x": "a"})), "'a' uses 'b'"),
        ((Node("a", Tanh(), {"x": "a"}),), "'a' uses 'a'"),
    ],
)
def test_a_graph_that_does_not_hang_together_is_refused(nodes: tuple[Node, ...], says: str) -> None:
    with pytest.raises(IllFormed, match=says):
        Network(nodes)


def test_a_missing_input_is_named() -> None:
    with pytest.raises(IllFormed, match="not given: w"):
        Network((Node("y", Scale(), {"x": "x", "w": "w"}),))(x=np.ones((1, 1)))
