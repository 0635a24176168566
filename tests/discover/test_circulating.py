"""Code as people copy it from each other is found and judged: right as it stands, wrong with one slip."""

from pathlib import Path

import pytest

from gradcheck.discover import judging
from gradcheck.records import Verdict
from gradcheck.testimony import undiagnosed
from tests.discover.circulating import SPREAD
from tests.discover.test_discover import judged


@pytest.mark.parametrize("name", SPREAD)
def test_code_that_circulates_is_judged(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "EXAMPLES", 1)
    monkeypatch.setattr(judging, "POINTS", judging.POINTS[:2])
    source, right, wrong = SPREAD[name]
    assert source.count(right) == 1
    (result,) = judged(tmp_path, source)
    assert result.verdict is Verdict.AGREES, result
    (tmp_path / "slip").mkdir()
    with undiagnosed():
        (result,) = judged(tmp_path / "slip", source.replace(right, wrong))
    assert result.verdict in (Verdict.DIFFERS, Verdict.BROKEN), result
