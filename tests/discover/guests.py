"""Files as people write them, each right and with one line wrong: layers made of other objects, and odd settings."""

from tests.discover.stranger import Stranger

GUESTS: dict[str, Stranger] = {
    "a border of different widths on each side": Stranger(
        """
def zero_pad_forward(x, padding):
    (t, b), (l, r) = padding
    return np.pad(x, ((0, 0), (0, 0), (t, b), (l, r)))

def zero_pad_backward(dout, padding):
    (t, b), (l, r) = padding
    return dout[:, :, t:dout.shape[2] - b, l:dout.shape[3] - r]
""",
        "t:dout.shape[2] - b",
        "b:dout.shape[2] - t",
        "x",
    ),
    "a layer with a border of one width before and another behind": Stranger(
        """
class Pad:
    def __init__(self, padding):
        self.before, self.behind = padding
    def forward(self, x):
        '''x: (N, T)'''
        return np.pad(x, ((0, 0), (self.before, self.behind)))
    def backward(self, dy):
        return dy[:, self.before:-self.behind]
""",
        "self.before:-self.behind",
        "self.behind:-self.before",
        "x",
    ),
}
