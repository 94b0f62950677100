"""Lesson 11: the loop as it stands in every PyTorch program, on digits, and what comes of it."""

import json
import re

import numpy as np

from tests.notebooks.lessons import FOLDER, code_cells, read
from tests.notebooks.rules import TRAINING_LOOP, shown_text

LESSON = read(FOLDER / "11-a-training-loop.ipynb")
IN_PYTORCH = read(FOLDER / "13-the-same-in-pytorch.ipynb")
PAGE = """\
num_epochs = 10
for epoch in range(num_epochs):
    running_loss = 0.0
    for i, data in enumerate(train_loader):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 100 == 99:
            print(f"[{epoch + 1}, {i + 1}] loss: {running_loss / 100:.3f}")
            running_loss = 0.0
print("Finished Training")"""


def cell(cell_id, lesson=LESSON):
    return next(each for each in code_cells(lesson) if each.id == cell_id)


def test_the_loop_is_the_usual_one_line_for_line():
    assert cell("loop").source == TRAINING_LOOP == PAGE


def test_it_prints_once_an_epoch_and_the_loss_falls():
    printed = shown_text(cell("loop")).splitlines()
    losses = [float(re.fullmatch(r"\[\d+, 100\] loss: (\d+\.\d{3})", line)[1]) for line in printed[:-1]]
    assert len(losses) == 10 and losses[0] > 5 * losses[-1]
    assert printed[-1] == "Finished Training"


def test_at_least_95_percent_of_the_held_out_digits_are_right():
    right, of = map(int, re.match(r"(\d+) of (\d+)", shown_text(cell("accuracy"))).groups())
    assert of == 360 and right / of >= 0.95


def test_each_missing_line_is_told_by_the_monitor():
    told = {name: shown_text(cell(name)) for name in ("watched", "no-step", "no-backward", "no-zero")}
    assert "step() was not called" in told["no-step"] and "did not move" in told["no-step"]
    assert "was backward() called?" in told["no-backward"] and "no gradient" in told["no-backward"]
    assert "was zero_grad() called?" in told["no-zero"]
    assert "?" not in told["watched"] and told["watched"].count("moving") == 4


def test_lesson_13_finds_the_same_with_pytorch():
    """Its numbers depend on the machine, so it stores what is true of them, and what was told."""
    network, asked, _ = shown_text(cell("network", IN_PYTORCH)).partition("Prediction: ")
    assert asked and shown_text(cell("model")).startswith(network)
    told = shown_text(cell("without", IN_PYTORCH)).splitlines()
    for name, line in zip(("no-step", "no-backward", "no-zero"), told, strict=True):
        _, _, remark = line.partition(": ")
        assert remark in shown_text(cell(name))
    found = shown_text(cell("accuracy", IN_PYTORCH)).splitlines()
    assert len(found) == 3 and all(line.endswith("True") for line in found)


def test_what_it_shows_is_small_enough_to_load_at_once():
    assert len(json.dumps(LESSON)) < 500_000


def test_the_data_are_the_digits_with_their_notice():
    digits = np.load(FOLDER / "data" / "digits.npz", allow_pickle=False)
    assert digits["images"].shape == (1797, 8, 8) and digits["images"].max() == 16
    assert sorted(set(digits["labels"].tolist())) == list(range(10))
    notice = (FOLDER / "data" / "README.md").read_text(encoding="utf-8")
    for words in ("Alpaydin", "Kaynak", "UCI", "Creative Commons Attribution 4.0"):
        assert words in notice
