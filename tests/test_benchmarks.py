"""What is measured is what it is called: every subject is one function, written twice, and its gradient is right."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import detection, report
from benchmarks.detection import BLACK_BOX, NETWORK, Detected, Wrong, detect
from benchmarks.jobs import MEMORY, held
from benchmarks.measure import Effort, measure
from benchmarks.ours import OURS
from benchmarks.peers import Contestant, Work
from benchmarks.structured import convolutional, recurrent, transformer
from benchmarks.subjects import Subject, layered, on_paper
from gradcheck.point import Point

SUBJECTS = [
    on_paper("one-path"),
    on_paper("two-two-two"),
    layered((3, 4, 2), 5),
    convolutional(2, side=6, channels=2),
    recurrent(2, width=3, steps=4),
    transformer(2, width=8, steps=3),
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_the_function_of_a_subject_is_its_network(subject: Subject) -> None:
    tensors = [torch.tensor(array, requires_grad=True) for array in subject.parameters.values()]
    loss = subject.function(torch, *tensors)
    value = subject.network(**subject.data, **subject.parameters)[0]
    np.testing.assert_allclose(loss.item(), value, rtol=1e-12)
    claimed, right = subject.gradient(*subject.parameters.values()), torch.autograd.grad(loss, tensors)
    for own, tensor in zip(claimed, right, strict=True):
        np.testing.assert_allclose(own, tensor.numpy(), rtol=1e-9, atol=1e-12)


def test_a_wrong_entry_is_in_its_place_and_we_notice_it(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = layered((3, 4, 2), 5)
    monkeypatch.setattr(detection, "CHECKERS", {name: detection.CHECKERS[name] for name in (BLACK_BOX, NETWORK)})
    found = detect(subject, 2, 60.0, print)
    said = {(one.checker, one.size): (one.noticed, one.of) for one in found}
    assert said[BLACK_BOX, "0"] == said[NETWORK, "0"] == (0, 2)
    assert said[BLACK_BOX, "1e-6"] == said[NETWORK, "1e-6"] == (2, 2)
    right = subject.gradient(*subject.parameters.values())
    for place in range(subject.size):
        wrong = Wrong(subject, place, 1.0, []).grad(*subject.parameters.values())
        apart = np.concatenate([(one - other).ravel() for one, other in zip(wrong, right, strict=True)])
        assert list(np.flatnonzero(apart)) == [place]


def test_what_takes_too_long_is_stopped_and_told() -> None:
    def endless(_: Subject) -> Work:
        def work() -> None:
            while True:
                with suppress(Exception):
                    sum(range(1000))

        return work

    slow = [Contestant("endless", "nothing", endless), Contestant("many", "nothing", endless, passes=1e12)]
    found = measure(slow, layered((3, 2), 1), Effort(3, 1.0, 0.05), print)
    assert [one.left_out[:10] for one in found] == ["stopped af", "not asked:"]


def test_a_report_is_written_with_what_was_measured(tmp_path: Path) -> None:
    subject = layered((3, 2), 1)
    bench = report.Bench(measured=measure(list(OURS), subject, Effort(1, 1.0, 60.0), print))
    bench.growing, bench.detected = bench.measured, [Detected(subject.name, BLACK_BOX, "0.1", 20, 20, 12)]
    text = report.write(tmp_path, bench)
    assert "| gradcheck, black box | - | - | - | - | 20 of 20 | - | 12 to 12 |" in text
    assert all(one.name in text for one in OURS)
    assert {path.name for path in tmp_path.iterdir()} == {
        "BENCH.md",
        "bench.json",
        "time.svg",
        "growth.svg",
        "detection.svg",
    }


MOST = 3.0 + 0.25
"""Three networks, and what of one with a million parameters fits the cache."""


@pytest.mark.parametrize("name", MEMORY)
def test_a_check_holds_no_more_than_three_networks(name: str) -> None:
    held(MEMORY[name], 20)  # libraries are loaded
    assert held(MEMORY[name]) < MOST


@pytest.mark.parametrize("name", ["the black box by directions", "the whole check of the network"])
def test_it_would_be_noticed_if_a_claim_were_held_all_the_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Point, "forget", lambda _: None)
    assert held(MEMORY[name]) > MOST
