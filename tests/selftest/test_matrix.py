"""The self-test catches what can be caught, counts nothing that is harmless, and notices when it fails."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from gradcheck import mistakes
from gradcheck.errors import GradcheckError
from gradcheck.mistakes import CATALOGUE, FAMILIES, LayerMistake
from gradcheck.op import Backward, Gradients
from gradcheck.reference import LAYERS, Affine
from gradcheck.report import selftest as report
from gradcheck.selftest import Matrix, Progress
from gradcheck.selftest.peers import compared
from gradcheck.selftest.places import drawn, kinds, smallest
from gradcheck.workers import processes

SAMPLE = tuple(list(CATALOGUE)[::12])
"""Some mistakes of every family; ``gradcheck selftest`` plants all."""


def test_the_catalogue_is_large_and_reaches_every_layer_that_computes_something() -> None:
    assert len(CATALOGUE) == sum(map(len, FAMILIES.values())) >= 70
    reached = {layer for own in CATALOGUE.values() if isinstance(own, LayerMistake) for layer in own.layers}
    assert set(LAYERS) <= reached


def test_a_sample_of_the_catalogue_is_caught_and_called_by_its_name() -> None:
    seen: list[Progress] = []
    record = Matrix(watch=seen.append).go(SAMPLE)
    assert record.passed
    assert {own.mistake for own in record.kills} == set(SAMPLE)
    assert {own.named for own in record.kills if own.outcome == "caught"} == {"named"}
    assert all(own.numbers <= 120 for own in record.kills)
    assert seen[-1].share == 1.0
    assert "PASSED" in report.text(record)


def test_what_changes_nothing_is_equivalent_and_never_caught() -> None:
    record = Matrix().go(("gate-includes-zero", "label-total-forgotten"))
    assert {own.outcome for own in record.kills} == {"equivalent"}
    assert all(own.argument for own in record.kills)
    assert record.passed
    assert "equivalent" in report.text(record)


def test_the_record_is_kept_beside_its_schema_and_read_back(tmp_path: Path) -> None:
    record = Matrix().go(("bias-averaged",))
    kept, schema = report.write(record, tmp_path)
    assert report.decode(kept.read_text()) == record
    jsonschema.validate(json.loads(kept.read_text()), json.loads(schema.read_text()))
    for other in ("{}", kept.read_text().replace("selftest/1", "selftest/9")):
        with pytest.raises(GradcheckError, match="This"):
            report.decode(other)


def _odd(name: str, backward: object, **said: object) -> LayerMistake:
    words = dict.fromkeys(("cause", "wrong", "right", "says", "question"), "")
    return LayerMistake(id=name, layers=(Affine,), backward=backward, **words, **said)  # type: ignore[arg-type] # a test's


@pytest.mark.parametrize(
    ("mistake", "outcome"),
    [
        (_odd("nothing", lambda at: at.gradients), "missed"),
        (
            _odd("twice", lambda at: {name: 2.0 * own for name, own in at.gradients.items()}, harmless={Affine: "so"}),
            "alarm",
        ),
    ],
)
def test_a_mistake_that_is_missed_or_wrongly_called_harmless_fails_the_test(
    mistake: LayerMistake, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mistakes.CATALOGUE, mistake.id, mistake)
    monkeypatch.setitem(mistakes.FAMILIES, "odd", (mistake,))
    record = Matrix().go((mistake.id,))
    assert [own.outcome for own in record.kills] == [outcome]
    assert not record.passed
    assert "FAILED" in report.text(record)


def test_places_are_the_same_again_and_the_smallest_come_first() -> None:
    again = list(drawn("affine", 3, 2, 4))
    assert [own.text for own in again] == [own.text for own in drawn("affine", 3, 2, 4)]
    sizes = [own.numbers for own in smallest("affine")]
    assert sizes[0] == min(sizes)
    assert kinds(CATALOGUE["one-consumer-counted"]) == ("fork",)


@pytest.mark.skipif(not importlib.util.find_spec("autograd"), reason="needs the extra 'bench'")
def test_peers_are_asked_about_the_same_gradient_and_about_the_right_one() -> None:
    def slightly(at: Backward) -> Gradients:
        return at.gradients | {"b": at.gradients["b"] * (1.0 + 1e-7)}

    trial = next(drawn("affine", 0, 2, 1))
    said = compared(trial.point(_odd("slight", slightly).plant(trial.network)), trial.point(), 0)
    assert said["torch gradcheck"] == "passed"
    said = compared(trial.point(CATALOGUE["weights-divided-by-batch"].plant(trial.network)), trial.point(), 0)
    assert said["torch gradcheck"] == "caught"
    assert np.isin(list(said.values()), ["caught", "passed", "accuses the right one too", "cannot take it"]).all()


def test_processes_give_the_same_record() -> None:
    only = ("mean-for-sum", "gate-includes-zero", "one-consumer-counted")
    seen: list[Progress] = []
    assert report.encode(Matrix(watch=seen.append, engine=processes(2)).go(only)) == report.encode(Matrix().go(only))
    assert [own.done for own in seen] == list(range(1, len(seen) + 1))
