"""Classes that are evaluated, and their derivatives: costs of columns, activations with a Jacobian."""

from tests.discover.stranger import Stranger

EVALUATED = {
    "a cost whose derivative is derived": Stranger(
        '''
class Cost:
    def eval(self, a, y):
        """Returns one number for each column."""

    def derived_eval(self, a, y):
        """Returns a column."""

class Squared(Cost):
    def eval(self, a, y):
        assert a.shape[-1] == 1
        return 0.5 * np.sum((a - y) ** 2, axis=-2, keepdims=True)

    def derived_eval(self, a, y):
        return a - y
''',
        "return a - y",
        "return y - a",
        "a",
    ),
    "an activation whose slopes are the diagonal of its Jacobian": Stranger(
        """
class Leaky:
    def __init__(self, slope=0.1):
        self.slope = slope

    def eval(self, z):
        return np.where(z > 0, z, self.slope * z)

    def diagonal_jacobian(self, z, **kwargs):
        return np.where(z > 0, 1.0, self.slope)
""",
        "np.where(z > 0, 1.0, self.slope)",
        "np.where(z > 0, 1.0, 0.0)",
        "z",
    ),
    "a slope by what a function is given, and not by what its object holds": Stranger(
        """
class Bowl:
    def __init__(self, b):
        self.b = b

    def eval(self, x):
        return np.sum(x**2) - self.b @ x

    def jacobian(self, x):
        return 2 * x - self.b
""",
        "2 * x - self.b",
        "2 * x + self.b",
        "x",
    ),
    "a gradient by what a function is given, and not by what its object holds": Stranger(
        """
class Bowl:
    def __init__(self, b):
        self.b = b

    def value(self, x):
        return 0.25 * np.sum(x**4) - self.b @ x

    def gradient(self, x):
        return x**3 - self.b
""",
        "x**3 - self.b",
        "x**3 + self.b",
        "x",
    ),
    "the Jacobian of a column": Stranger(
        """
class Activation:
    def diagonal_jacobian(self, z):
        return None

class Softmax(Activation):
    def eval(self, z):
        e = np.exp(z - np.max(z, axis=-2, keepdims=True))
        return e / np.sum(e, axis=-2, keepdims=True)

    def jacobian(self, z):
        a = self.eval(z)
        assert a.shape[1] == 1, "a column"
        return np.diagflat(a) - a @ a.T
""",
        "np.diagflat(a) - a @ a.T",
        "np.diagflat(a) + a @ a.T",
        "z",
    ),
}
