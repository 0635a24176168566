"""Formulas as lecturers write them, about forward passes of many kinds: each with a slip that must be seen."""

import pytest

from gradcheck.formula import check_formula
from tests.formula.test_notation import read_and_seen


def posed(forward: str, loss: str, parameters: str, data: str, shapes: str = "", kinds: str = "") -> str:
    """Return a problem in one line of each kind, with ``W:K,D`` for a shape and ``y:mask`` for a kind."""
    lines = ['title = "a lecture"', f"parameters = {parameters.split()}", f"data = {data.split()}", f'loss = "{loss}"']
    lines += ["[forward]", *(f'{name} = "{own}"' for name, own in (line.split(" = ") for line in forward.split("; ")))]
    axes = {name: [int(a) if a.isdigit() else a for a in own.split(",")] for name, own in _pairs(shapes)}
    lines += ["[shapes]", *(f"{name} = {own}" for name, own in axes.items())]
    return "\n".join([*lines, "[kinds]", *(f'{name} = "{kind}"' for name, kind in _pairs(kinds))])


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, rest) for name, _, rest in (own.partition(":") for own in text.split())]


HUBER = posed(
    "r = y - X @ w - b; L = sum(where(abs(r) <= delta, 1/2*r^2, delta*(abs(r) - delta/2)))",
    "L", "w b", "X y delta", "X:N,D w:D y:N", "delta:positive",
)  # fmt: skip
SLACK = posed(
    "xi = maximum(0, 1 - y*(X @ w)); J = 1/2*sum(w^2) + C*sum(xi^2)", "J", "w", "X y C", "X:N,D w:D y:N", "C:positive"
)
ELMAN = posed(
    "h1 = tanh(W @ x1 + U @ h0 + b); h2 = tanh(W @ x2 + U @ h1 + b); y = V @ h2; L = 1/2*sum((y - t)^2)",
    "L", "W U b V", "x1 x2 h0 t", "W:H,D U:H,H b:H V:K,H x1:D x2:D h0:H t:K",
)  # fmt: skip
CONTRASTED = posed(
    "S = U @ V.T/tau; P = softmax(S); L = -trace(log(P))/N", "L", "U V", "tau", "U:N,D V:N,D", "tau:positive"
)
PAIRS = posed(
    "M = exp(a[:, None] + T + b); Z = sum(M); L = log(Z) - sum(Y*(a[:, None] + T + b))",
    "L", "a b T", "Y", "a:K b:K T:K,K Y:K,K",
)  # fmt: skip
RIDGE = posed("R = X @ W - Y; J = sum(R^2) + lam*sum(W^2)", "J", "W", "X Y lam", "X:N,D W:D,K Y:N,K", "lam:positive")
LEAKY = posed(
    "z = W @ x + b; y = where(z > 0, z, a*z); L = 1/2*sum((y - t)^2)", "L", "W b a", "x t", "W:K,D b:K x:D t:K"
)
LINEAR = posed("Y = X @ W + b; L = 1/(2*N)*sum((Y - T)^2)", "L", "W b", "X T", "X:N,D W:D,K b:K T:N,K")
WAVE = posed("f = A*sin(omega*x + phi); S = mean((y - f)^2)", "S", "omega phi A", "x y", "x:n y:n")
UNIT = posed("r = sqrt(sum(v^2)); u = v/r; L = 1/2*sum((u - t)^2)", "L", "v", "t", "v:n t:n")
LOGITS = posed("S = exp(z1) + exp(z2) + exp(z3); p1 = exp(z1)/S; p2 = exp(z2)/S; p3 = exp(z3)/S; L = -log(p2)",
               "L", "z1 z2 z3", "")  # fmt: skip
SKIPPED = posed("a = relu(w1*x + b); c = relu(w2*a + b); y = w3*(a + c); E = (y - t)^2", "E", "w1 w2 w3 b", "x t")

QUADRATIC = posed("f = 1/2*sum(x*(A @ x)) - sum(b*x)", "f", "x", "A b", "x:n A:n,n b:n")

HEAD = posed(
    "s = K @ q/sqrt(d); a = softmax(s); o = a @ V; L = 1/2*sum((o - t)^2)", "L", "q K V", "t", "q:d K:T,d V:T,r t:r"
)
SOFT = posed(
    "z = W1 @ x + b1; h = sigmoid(z); o = W2 @ h + b2; p = softmax(o); L = -sum(y*log(p))",
    "L", "W1 W2 b1 b2", "x y", "W1:H,D W2:C,H b1:H b2:C x:D y:C", "y:one-hot",
)  # fmt: skip
ROWS = posed("na = sqrt(sum(A^2, axis=1)); S = sum(sum(A*B, axis=1)/na)", "S", "A", "B", "A:N,D B:N,D")

NOISE = posed("u = (phi + g)/tau; y = softmax(u); L = sum(c*y)", "L", "phi tau", "c g", "phi:K c:K g:K", "tau:positive")
MODEL = posed("h = X @ theta; J = 1/(2*m)*sum((h - y)^2)", "J", "theta", "X y", "X:m,n theta:n y:m")
SAMPLE = r"\frac{\partial}{\partial\theta_j}J(\theta) = \frac1m\sum_{i=1}^m(h_\theta(x^{(i)})-y^{(i)})x_j^{(i)}"
CODE = posed(
    "r = x - D @ a; E = 1/2*sum(r^2) + lambda*sum(abs(a))", "E", "a D", "x lambda", "a:k D:n,k x:n", "lambda:positive"
)
UNROLLED_THRICE = posed(
    "h1 = tanh(Wx @ x1 + Wh @ h0); h2 = tanh(Wx @ x2 + Wh @ h1); h3 = tanh(Wx @ x3 + Wh @ h2); L = sum((h3 - t3)^2)/2",
    "L", "Wx Wh", "x1 x2 x3 h0 t3", "Wx:h,d Wh:h,h x1:d x2:d x3:d h0:h t3:h",
)  # fmt: skip
RECURSION = (
    r"\delta_3 = (h_3-t_3)\odot(1-h_3^2),\ \delta_{k} = W_h^\top\delta_{k+1}\odot(1-h_k^2),"
    r"\ \frac{\partial L}{\partial W_h} = \sum_{k=1}^3\delta_kh_{k-1}^\top"
)
SLOPES = r"\frac{\partial h_3}{\partial h_1} = \operatorname{diag}(1-h_3^2)W_h\operatorname{diag}(1-h_1^2)W_h"
QUOTIENT = r"S = \sum_je^{z_j},\ \frac{\partial p_i}{\partial z_k} = \frac{\delta_{ik}e^{z_i}S - e^{z_i}e^{z_k}}{S}"
BARRED = (
    r"g_i = \gamma_i(y_i-t_i),\ "
    r"\frac{\partial L}{\partial x} = \frac1\sigma\left(g - \bar g - \hat x\,\overline{g\odot\hat x}\right)"
)
SENTENCES = r"""We have $L=-\frac1N\sum_i y_i\log p_i+(1-y_i)\log(1-p_i)$ with $p_i=\sigma(z_i)$ and $z_i=w^Tx_i+b$.
Then
$$\frac{\partial L}{\partial z_i}=\frac1N(p_i-y_i)$$
and therefore
$$\frac{\partial L}{\partial w}=\frac1N\sum_i(p_i-y_i)x_i,\qquad
\frac{\partial L}{\partial b}=\frac1N\sum_i(p_i-y_i).$$"""
NORMED = (
    posed(
        "mu = mean(X, axis=1, keepdims=True); v = mean((X - mu)^2, axis=1, keepdims=True); Xh = (X - mu)/sqrt(v + eps);"
        " L = sum(G*gamma*Xh)",
        "L", "X gamma", "G eps", "X:N,D gamma:D G:N,D", "eps:positive",
    )
    + '\n[names]\n"sigma^2" = "v"\nxhat = "Xh"'
)  # fmt: skip
NORMS = (
    r"g = \gamma\odot G,\ \frac{\partial L}{\partial X_{ij}} = \frac{1}{\sqrt{\sigma_i^2+\epsilon}}"
    r"\left(g_{ij} - \frac1D\sum_kg_{ik} - \frac{\hat x_{ij}}{D}\sum_kg_{ik}\hat x_{ik}\right)"
)
KEYS = (
    r"g_i = v_i^\top(o-t),\ \frac{\partial L}{\partial s} = a\odot(g - (a^\top g)\mathbf 1),"
    r"\ \frac{\partial L}{\partial k_i} = \frac{1}{\sqrt d}\frac{\partial L}{\partial s_i}q"
)
RAISED = (
    r"\delta^{o} = p - y,\ \delta^{h} = \sigma'(z)\odot W_2^\top\delta^{o},"
    r"\ \frac{\partial L}{\partial W_1} = \delta^{h}x^\top"
)
COSINES = r"\frac{\partial S}{\partial A_{ij}} = \frac{B_{ij}}{\|a_i\|} - \frac{(a_i^\top b_i)A_{ij}}{\|a_i\|^3}"
TIED = (
    r"\delta_R = \frac1N(R-X),\ \delta_Z = (\delta_RW)\odot A\odot(1-A),"
    r"\ \nabla_WL = X^\top\delta_Z + \delta_R^\top A"
)
CLIPPED = (
    r"\frac{\partial L}{\partial r_i} = "
    r"\begin{cases} r_i & |r_i|\le\delta\\ \delta\,\mathrm{sign}(r_i) & |r_i| > \delta\end{cases}"
)
HINGED = r"\nabla J = w - 2C\sum_{i=1}^N\max(0, 1-y_iw^\top x_i)\,y_ix_i"
DOTTED = r"\frac{\partial L}{\partial S_{ij}} = A_{ij}(O_i-Y_i)\cdot(V_j-O_i)"
ATTRACTED = r"\frac{\partial L}{\partial u_i} = \frac{1}{N\tau}\left(\sum_j P_{ij}v_j - v_i\right)"
MARGINS = r"p_{ij} = M_{ij}/Z,\ \frac{\partial L}{\partial b_j} = \sum_i (p_{ij} - Y_{ij})"
TRACES = r"dJ = 2\operatorname{tr}[(XW-Y)^\top X\,dW] + 2\lambda\operatorname{tr}[W^\top dW]"
WAVES = r"\partial_\phi S = -2\langle (y-f)A\cos(\omega x+\phi)\rangle"
UNROLLED = (
    r"\frac{\partial L}{\partial W} = \sum_{t=1}^2\delta_tx_t^\top,\ \delta_2 = (V^\top(y-t))\odot(1-h_2\odot h_2),"
    r"\ \delta_1 = (U^\top\delta_2)\odot(1-h_1\odot h_1)"
)
DELTAS = r"\begin{bmatrix}\delta_{o1}\\ \delta_{o2}\end{bmatrix}\odot\begin{pmatrix}1\\1\end{pmatrix}"
MATRIX = r"\nabla_h L = \begin{bmatrix}w_5&w_7\\w_6&w_8\end{bmatrix}" + DELTAS
TURNED = r"\nabla_h L = \begin{bmatrix}w_5&w_6\\w_7&w_8\end{bmatrix}^\top" + DELTAS
OWN_STEP = r"\frac{\partial L}{\partial X} = (Y-T) + [(Y-T)W_2^\top\odot k(Z)]W_1^\top,\quad k(z) = \mathbb 1[z>0]"
OWN_SLOPE = "dL/dX = (Y-T) + ((Y-T)W_2^T ⊙ f'(Z)) W_1^T"
SAID = (
    "Loss: L = 1/N sum_i (y_i - ŷ_i)^2. Derivative: ∂L/∂ŷ_i = -2/N (y_i - ŷ_i); ∂ŷ_i/∂w_j = x_ij;"
    " ∂L/∂w_j = -2/N Σ_i (y_i - ŷ_i) x_ij"
)
WRITTEN = (
    "Let's start with dL/dp = (-y/p + (1-y)/(1-p))/N. Since p = sigmoid(z), dp/dz = p(1-p)."
    " So dL/dz = (p - y)/N, and that's all: we don't need more."
)
LAYERED = (
    r"\delta^{(2)}_n = \frac1N(p_n-t_n),\ \delta^{(1)}_n = W_2\delta^{(2)}_n\odot(1-a_n\odot a_n),"
    r"\ \frac{\partial L}{\partial W_1} = \sum_n x_n\delta^{(1)\top}_n"
)
TWO_DELTAS = (
    r"\delta_{o1} = (o_1-t_1)o_1(1-o_1), \delta_{o2} = (o_2-t_2)o_2(1-o_2),"
    r"\delta_{h1} = (\delta_{o1}w_5+\delta_{o2}w_7)h_1(1-h_1), \frac{\partial L}{\partial w_1} = \delta_{h1}x_1"
)


@pytest.mark.parametrize(
    ("problem", "text", "slip"),
    [
        (HUBER, CLIPPED, (r"\begin", r"-\begin")),
        (HUBER, "dL/dr = clip(r, -delta, delta)", ("clip", "-clip")),
        (SLACK, HINGED, ("2C", "C")),
        (ELMAN, r"\frac{\partial h_2}{\partial h_1} = \operatorname{diag}(1-h_2^2)\,U", (r"\,U", r"\,U^\top")),
        (ELMAN, UNROLLED, ("1-h_1", "1-h_2")),
        ("attention-head", DOTTED, ("V_j-O_i", "V_j-O_j")),
        (CONTRASTED, ATTRACTED, ("- v_i", "- u_i")),
        (CONTRASTED, "dV = (P - np.eye(N)).T @ U / (N*tau)", ("np.eye(N)).T", "np.eye(N))")),
        (PAIRS, r"\frac{\partial L}{\partial a_i} = \sum_j(\frac{M_{ij}}{Z} - Y_{ij})", (r"\sum_j(", r"\sum_j(2")),
        (PAIRS, MARGINS, ("(p_{ij}", "(p_{ji}")),
        (RIDGE, TRACES, ("2\\lambda", "\\lambda")),
        (LEAKY, r"\frac{\partial L}{\partial a} = \sum_i (y_i-t_i)\min(0,z_i)", (r"\min", r"\max")),
        (LINEAR, r"\frac{\partial L}{\partial W_{dk}} = \overline{(y_k - t_k)x_d}", ("y_k -", "y_k +")),
        (WAVE, WAVES, (r"\cos", r"\sin")),
        (UNIT, r"J_{ij} = \frac1r(\delta_{ij} - u_iu_j),\ \nabla_v L = J^\top(u-t)", ("u_iu_j", "v_iv_j")),
        (LOGITS, r"\frac{\partial L}{\partial z_k} = p_k - [k=2]", ("k=2", "k=1")),
        (LOGITS, r"\frac{\partial p_k}{\partial z_1} = p_k(\delta_{k1} - p_1)", ("k1", "k2")),
        ("softmax-cross-entropy", r"\frac{\partial p_k}{\partial z_1} = p_k([k=1] - p_1)", ("k=1", "k=2")),
        ("softmax-cross-entropy", r"\frac{\partial p_k}{\partial z_1} = p_k(\delta_{1k} - p_1)", ("{1k}", "{2k}")),
        ("linear-regression", "dL/dw = mean over i of 2(ŷ_i − y_i) x_i", ("ŷ_i −", "ŷ_i +")),
        ("linear-regression", "dL/db = 2*mean_i(ŷ_i − y_i)", ("2*", "")),
        ("linear-regression", SAID, ("= -2/N", "= 2/N")),
        ("logistic-regression", WRITTEN, ("+ (1-y)", "- (1-y)")),
        ("softmax-classifier", LAYERED, ("(p_n-t_n)", "(t_n-p_n)")),
        ("one-path", "g(u) = u(1-u), dL/dw2 = (y'-y) g(y') h", ("g(y')", "g(h)")),
        ("residual-block", OWN_STEP, ("z>0", "z<0")),
        ("residual-block", f"f(u) = max(0, u), {OWN_SLOPE}", ("f'(Z)", "f(Z)")),
        ("logistic-regression", r"f(z) = \log(1+e^z), f'(z) = \sigma(z)", (r"\sigma(z)", r"1-\sigma(z)")),
        (UNIT, r"r^2 = v^\top v,\ \frac{\partial r}{\partial v} = \frac{v}{r}", ("v}{r}", "v}{r^2}")),
        (UNIT, r"r^2 = \sum_iv_i^2 \Rightarrow 2r\,dr = 2v^\top dv \Rightarrow dr = u^\top dv", ("= 2v", "= v")),
        (UNIT, r"s^2 = v^\top v,\ dr = \frac{v^\top dv}{s}", ("}{s}", "}{s^2}")),
        (HEAD, KEYS, (r"\mathbf 1)", r"\mathbf 1 + a)")),
        (SOFT, RAISED, ("p - y,", "y - p,")),
        (ROWS, COSINES, (r"\|a_i\|^3", r"\|a_i\|^2")),
        ("tied-autoencoder", TIED, (r"\delta_R^\top A", r"A^\top\delta_R")),
        (MODEL, SAMPLE, (r"\frac1m", r"\frac2m")),
        (MODEL, "d/dtheta J(theta) = 1/m X^T (h - y)", ("h - y", "y - h")),
        (CODE, r"\nabla_aE = -D^\top(x - Da) + \lambda\,\mathrm{sign}(a)", ("-D", "D")),
        (UNROLLED_THRICE, RECURSION, (r"W_h^\top", "W_h")),
        ("layer-norm", BARRED, (r"- \bar g", "")),
        ("logistic-regression", SENTENCES, ("(p_i-y_i)x_i", "(y_i-p_i)x_i")),
        ("logistic-regression", SENTENCES, ("+(1-y_i)", "-(1-y_i)")),
        ("logistic-regression", r"dL/dw_j = \frac1N\sum_i p_i x_{ij} - y_i x_{ij}", ("p_i x", "2 x")),
        ("logistic-regression", "σ(-z) = 1 - σ(z), dL/dz = (1 - σ(-z) - y)/N", ("= 1 - σ(z)", "= σ(z) - 1")),
        ("softmax-cross-entropy", "Let l = log(p). dL/dz_i = p_i sum_k t_k + l_i - l_i - t_i", ("+ l_i", "- l_i")),
        (LINEAR, "dL/dy_n = (y_n - t_n)/N; dL/dW = sum_n x_n^T dL/dy_n", ("sum_n x_n^T", "2 sum_n x_n^T")),
        (NORMED, NORMS, (r"\frac{\hat x_{ij}}{D}", r"\hat x_{ij}")),
        ("two-two-two", MATRIX, (r"w_7\\w_6", r"w_6\\w_7")),
        ("two-two-two", TURNED, (r"^\top", "")),
        ("two-two-two", "(dL/dw5, dL/dw6) = (o1 - t1)*o1*(1-o1)*(h1, h2)", ("(h1, h2)", "(h2, h1)")),
        ("two-two-two", TWO_DELTAS, ("w_7", "w_6")),
        ("embedding-average", r"dL/dE_v = \frac{n_v}{S}W(y-t),\ n_v = \sum_s[i_s=v]", ("{n_v}", "1")),
    ],
)  # fmt: skip
def test_a_formula_of_a_lecture_is_read_and_a_slip_in_it_is_seen(
    problem: str, text: str, slip: tuple[str, str]
) -> None:
    read_and_seen(problem, text, slip)


@pytest.mark.parametrize(
    ("problem", "text", "mistake", "says"),
    [
        (SKIPPED, "dE/da = 2*(y - t)*w3*w2*(c > 0)", "route-forgotten", "a also acts through y"),
        (ELMAN, UNROLLED.replace("1-h_1\\odot h_1", "1-h_2\\odot h_2"), "slope-of-another", "slope at h1"),
        (ELMAN, r"\frac{\partial h_2}{\partial h_1} = \operatorname{diag}(1-h_2^2)U^\top", "transpose-too-many", "U"),
        ("attention-head", DOTTED.replace("V_j-O_i", "V_j-O_j"), "wrong-letter", "those of O_{i}, not of O_{j}"),
        (PAIRS, r"\frac{\partial L}{\partial T_{ij}} = \frac{M_{ij}}{Z} - Y_{ji}", "letters-exchanged", "Y_{ji}"),
        (LEAKY, "dL/dW_ij = (y_i - t_i) * (a if z_i > 0 else 1) * x_j", "mask-turned-round", "turned round"),
        (QUADRATIC, "df/dx = A x - b", "symmetry-assumed", "A is symmetric"),
        ("logistic-regression", "dL/db = mean(sigmoid(-z) - y)", "argument-sign", "wrong sign"),
        (NOISE, r"\nabla_\phi L = \tau y\odot(c - c^\top y)", "", "tau has to divide"),
        (NOISE, r"dL/d\tau = \frac1\tau\sum_k\frac{\partial L}{\partial u_k}u_k", "overall-sign", ""),
        ("linear-regression", "dL/dw_j = 2/N sum_i (ŷ_i − y_i) x_ji", "letters-exchanged", "X_{ji}"),
        (UNROLLED_THRICE, SLOPES, "slope-of-another", "slope at h2"),
        ("softmax-cross-entropy", QUOTIENT, "", "It is the square of"),
        (UNIT, r"\frac{\partial u}{\partial v} = \frac{1}{r}(I - vv^\top)", "", "It is u that belongs here, in all"),
        (ELMAN, "dL/dh1 = U ((V.T @ (y - t)) * (1 - h2**2))", "", "U has to be transposed"),
    ],
)  # fmt: skip
def test_the_slip_is_called_by_its_name(problem: str, text: str, mistake: str, says: str) -> None:
    told = check_formula(problem, text)
    assert told.verdict == "wrong"
    assert [told.diagnoses[0].mistake] == [mistake]
    assert says in told.diagnoses[0].says
    assert "1 - u" not in told.diagnoses[0].repair
