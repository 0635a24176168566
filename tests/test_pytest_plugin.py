"""The plugin: a wrong gradient fails its test with a page, and nothing else is changed."""

import pytest

pytest_plugins = ["pytester"]

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
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
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
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*gradcheck replay '2x1 affine:1 half-sum-of-squares weights=0 draws=8*"])
