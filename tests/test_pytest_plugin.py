"""The plugin: a wrong gradient fails its test with a page, and nothing else is changed."""

import importlib
import pkgutil

import pytest
import torch  # noqa: F401 - of all modules this can be imported only once

import gradcheck

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported() -> None:
    """A suite that is run inside of this process takes the modules with it that it was the first to import."""
    for own in pkgutil.walk_packages(gradcheck.__path__, "gradcheck."):
        if own.name != "gradcheck.__main__":
            importlib.import_module(own.name)


TEST = """
    from gradcheck.run import judge, parse_case

    def test_right():
        judge(parse_case("2x1 affine:1 half-sum-of-squares")).verify()

    def test_wrong():
        judge(parse_case("2x1 affine:1 half-sum-of-squares"), "mean-for-sum").verify()

    def test_other():
        assert 1 + 1 == 3
"""


def test_a_failure_reads_as_the_page_of_the_result(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "DIFFERS  2x1 affine:1 half-sum-of-squares weights=0 draws=1 regime=ordinary",
            "*b1[[]0[]]*3.3133*6.6266*6.6266*0.5000",
            "*mean-for-sum: Contributions of the samples add*",
            "  reproduce  gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0*",
            ">       assert 1 + 1 == 3",
        ]
    )
    result.stdout.no_fnmatch_line("*def verify*")
    result.stdout.no_fnmatch_line("*errors.py*")


def test_under_hypothesis_the_shrunk_network_is_printed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        from hypothesis import Phase, given, settings
        from gradcheck.generate import cases
        from gradcheck.run import judge

        @settings(max_examples=200, deadline=None, database=None, derandomize=True,
                  phases=[Phase.generate, Phase.shrink])
        @given(cases())
        def test_reference(case):
            judge(case, "mean-for-sum").verify()
    """)
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0 draws=8*"])


USE = """
    import numpy as np
    import pytest
    from gradcheck.discover.generated import generated
    from gradcheck import check_gradient
    from gradcheck.run import judge

    def f(x): return (x**3).sum()
    def df(x): return 3 * x**2
    def wrong(x): return 3 * x**2 * (x < 4.5)

    def test_right(gradcheck):
        assert gradcheck.check_gradient(f, df, np.array([1.0, 2.0])).verdict == "agrees"

    def test_wrong(gradcheck):
        gradcheck.check_gradient(f, wrong, np.array([1.0, 7.0]))

    @generated("x=3", examples=300)
    def test_searched(x):
        return check_gradient(f, wrong, x)

    @pytest.mark.gradcheck(cases=3, layers=["tanh", "relu"])
    def test_reference(case):
        assert "tanh" in case.architecture or "relu" in case.architecture
        judge(case).verify()
"""
SUMMARY = [
    "*= gradcheck =*",
    "4 agrees, 2 differs",
    "closest call: * % of the allowed error, * draws=8 regime=*, *",
    "reproduce: pytest 'test_*::test_wrong'",
    "reproduce: pytest 'test_*::test_searched'",
]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_was_judged_is_summed_up(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    pytester.makepyfile(USE)
    result = pytester.runpytest("-p", "no:cacheprovider", "-n", workers, "--junitxml=junit.xml")
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(SUMMARY[:3])
    for line in SUMMARY[3:]:
        result.stdout.fnmatch_lines([line])
    result.stdout.fnmatch_lines(["*note: at the smallest inputs found: x = [[]*5.]"])
    properties = (pytester.path / "junit.xml").read_text()
    assert '<property name="gradcheck.verdict" value="agrees"' in properties
    assert '<property name="gradcheck.reproduce" value="pytest' in properties
    told = sorted(line for line in result.outlines if line.startswith("::error file=test_what"))
    assert [line.split("::")[1].split(",")[1:] for line in told] == [
        ["line=14", "title=test_wrong"],
        ["line=17", "title=test_searched"],
    ]
    assert all("DIFFERS" in line for line in told)


def test_last_failed_finds_the_same_case_again(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        @pytest.mark.gradcheck(cases=4)
        def test_one(case):
            assert not case.architecture.startswith("1x1")
    """)
    first = pytester.runpytest("-q").parseoutcomes()
    again = pytester.runpytest("-q", "--lf").parseoutcomes()
    assert again.get("failed") == first.get("failed")
    assert "passed" not in again or first.get("failed") is None


def test_the_number_of_cases_comes_from_the_nearest_place_that_says_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        @pytest.mark.gradcheck
        def test_one(case): pass
    """)
    pytester.makepyprojecttoml("[tool.gradcheck]\ncases = 3\n")
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=3)
    pytester.makeini("[pytest]\ngradcheck_cases = 2\n")
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=2)
    pytester.runpytest("-p", "no:cacheprovider", "--gradcheck-cases=1").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "says"),
    [("layers=['tahn']", "Did you mean 'tanh'"), ("case=3", "takes cases, seed and layers; not ?'case'?")],
)
def test_a_marker_that_cannot_be_read_is_told(pytester: pytest.Pytester, marker: str, says: str) -> None:
    pytester.makepyfile(f"""
        import pytest
        @pytest.mark.gradcheck({marker})
        def test_one(case): pass
    """)
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{says}*"])


def test_a_suite_that_does_not_use_it_sees_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys
        def test_one():
            assert not {'gradcheck.run', 'hypothesis.strategies', 'torch'} & set(sys.modules)
    """)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*= gradcheck =*")


ASSERTED = """
    import numpy as np
    import pytest
    from gradcheck import check_gradient

    def f(x): return (x**2).sum()
    def df(x): return 3 * x

    def test_several(gradcheck):
        for slope in (2, 3):
            gradcheck.check_gradient(f, lambda x: slope * x, np.ones(3))

    def test_asserted():
        assert check_gradient(f, df, np.ones(3)), "of f"

    def test_named():
        result = check_gradient(f, df, np.ones(3))
        assert result

    def test_other():
        result = check_gradient(f, df, np.ones(3))
        assert result.verdict == "agrees"

    @pytest.fixture
    def right(gradcheck):
        gradcheck.check_gradient(f, df, np.ones(3))

    def test_prepared(right): pass
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_failure_says_in_which_line_of_the_test_it_was(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makepyfile(test_own=ASSERTED)
    result = pytester.runpytest("-p", "no:cacheprovider", "-n", workers, "--junitxml=junit.xml")
    result.assert_outcomes(failed=4, errors=1)
    for line in ("10: Differs", "13: AssertionError", "17: AssertionError", "25: Differs"):
        page = ["DIFFERS  f", "    entry  claimed  *", "  reproduce  gradcheck.check_*"]
        result.stdout.fnmatch_lines([*page, f"test_own.py:{line}"])
    result.stdout.fnmatch_lines(["E *assert <Verdict.DIFFERS: 'differs'> == 'agrees'"])
    result.stdout.fnmatch_lines(["4 differs", "reproduce: pytest 'test_own.py::test_prepared'"])
    result.stdout.fnmatch_lines(["FAILED test_own.py::test_named - DIFFERS f. constant-wrong ?x?. *"])
    says = "DIFFERS f. constant-wrong [x]. The gradient for x is not the derivative of the forward pass"
    assert (pytester.path / "junit.xml").read_text().count(f'message="{says}"') == 2


def test_one_line_for_a_failure_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own=ASSERTED)
    result = pytester.runpytest("-p", "no:cacheprovider", "--tb=line", "-k", "asserted")
    result.stdout.fnmatch_lines(["*= FAILURES =*", "*test_own.py:13: DIFFERS f. constant-wrong *", "*= gradcheck =*"])
    result.stdout.no_fnmatch_line("*A constant is wrong here*")


@pytest.mark.parametrize("said", ["--gradcheck-cases=0", "--override-ini=gradcheck_cases=many"])
def test_a_number_that_is_none_is_told(pytester: pytest.Pytester, said: str) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.gradcheck\ndef test_one(case): pass\n")
    result = pytester.runpytest("-p", "no:cacheprovider", said)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["gradcheck: cases is *; it is to be a whole number, 1 or more."])


def test_an_unknown_check_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(gradcheck): gradcheck.check_everything()\n")
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(
        ["E *There is no check of the gradcheck fixture 'check_everything'. *", "test_an*.py:1: AttributeError"]
    )
