"""show_images: tensors as pictures that every machine draws alike."""

import base64
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import autograd_core
from tests.oracle import torch
from widgets import show_images

HOSTILE = "<img src=x onerror=hacked()>"
PAIR = [[[0.0, 1.0], [0.5, 0.0]], [[1.0, 1.0], [1.0, 1.0]]]


@pytest.mark.parametrize("make", [np.array, autograd_core.tensor, torch.tensor, list])
def test_arrays_and_tensors_of_both_libraries_give_the_same_picture(make):
    assert show_images(make(PAIR), [3, 8]).svg() == show_images(PAIR, ["3", "8"]).svg()


def paths(images):
    """For each path that is filled: its colour and its ``d``."""
    tree = ElementTree.fromstring(images.svg())
    found = [path.attrib for path in tree.iter("{http://www.w3.org/2000/svg}path")]
    return [(each.get("fill"), each["d"]) for each in found if each.get("stroke-width") != ".5"]


def test_ink_is_black_paper_is_white_and_the_rest_lies_between():
    (grey, half), (black, full), *_ = paths(show_images(PAIR))
    assert black == "#141414" and "#141414" < grey < "#ffffff"
    assert full.startswith("M28 0h28v28h-28z") and half.startswith("M0 28h28v28h-28z")


def test_numbers_with_a_sign_are_filled_or_hollow_squares_of_their_size():
    (filled, plus), (hollow, minus) = paths(show_images([[1.0, -0.25], [0.0, 0.25]]))
    assert (filled, hollow) == ("#0072b2", "none")
    sides = [float(side) for side in re.findall(r"h([\d.]+)", plus + minus)]
    assert sides == pytest.approx([39, 19.5, 19.5])  # a quarter of the area is half the side


def test_it_says_what_it_shows():
    shown = show_images(PAIR, [3, 8])
    assert repr(shown) == "2 images of 2 × 2 pixels: 3, 8."
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/svg+xml"}
    alt, source = re.fullmatch(
        r'<img alt="(.*)" src="data:image/svg\+xml;base64,(.*)">', bundle["text/html"]
    ).groups()
    assert alt == repr(shown) and base64.b64decode(source).decode() == shown.svg()


def test_labels_are_only_text_and_have_room():
    shown = show_images(PAIR, [HOSTILE, "b"])
    tree = ElementTree.fromstring(shown.svg())
    assert HOSTILE in [each.text for each in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "<img src=x" not in shown._repr_mimebundle_()["text/html"]
    assert float(tree.get("width")) > 2 * len(HOSTILE) * 7


@pytest.mark.parametrize(
    "images, labels, words",
    [
        (np.zeros(4), None, "count, height, width"),
        (np.zeros((0, 2, 2)), None, "count, height, width"),
        (np.zeros((101, 2, 2)), None, "at most 100 images"),
        (np.zeros((1, 65, 2)), None, "64 × 64 pixels"),
        (np.full((2, 2), np.nan), None, "nan or infinite"),
        (PAIR, [1], "1 labels for 2 images"),
    ],
)
def test_errors_say_what_is_wanted(images, labels, words):
    with pytest.raises(ValueError, match=words):
        show_images(images, labels)


def test_a_blank_image_is_no_error():
    assert paths(show_images(np.zeros((2, 2)))) == []


@pytest.mark.parametrize("images", [
    None, [], [[]], 3.0, [[[[1]]]], [[1], [1, 2]], [["a"]], [[1j]], [[10**400]], {"a": 1}, {1},
    "text", object(), [[object()]], [[None, 1]], [[float("inf"), 1]], (x for x in [[1]]),
])  # fmt: skip
def test_what_are_no_images_is_told_in_a_sentence(images):
    with pytest.raises((TypeError, ValueError), match="images (should|hold)"):
        show_images(images)


@pytest.mark.parametrize("image", [
    [[1.7e308, 0.0]], [[1.7e308, -1.7e308]], [[5e-324, 0.0]], [[5e-324, -5e-324]], [[2**62, 1]],
    [[True, False]], np.array([[0, 255]], np.uint8), np.array([[65504, -65504]], np.float16),
], ids=str)  # fmt: skip
def test_numbers_of_any_size_are_drawn(image):
    with np.errstate(all="raise", under="ignore"):
        svg = show_images(image).svg()
    assert svg.count("<path") >= 2 and not re.search(r"nan|inf", svg.partition("</desc>")[2])


@pytest.mark.parametrize("columns", [0, -1, 1.5, "2", None, True])
def test_columns_are_a_number_of_images(columns):
    with pytest.raises((TypeError, ValueError), match="columns must be"):
        show_images([[1.0]], columns=columns)


@pytest.mark.parametrize("label, shown", [
    (None, "None"), ("a\nb", r"a\nb"), ([1, 2], "[1, 2]"), (10**5000, "something of type int"),
    (np.array([1, 2]), "array([1, 2])"), (autograd_core.ones(2), "tensor([1., 1.])"),
], ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "long")  # fmt: skip
def test_any_label_is_written_somehow(label, shown):
    assert show_images([[1.0]], [label]).labels == [shown]


@pytest.mark.parametrize("labels", ["a", 3])
def test_labels_are_a_list(labels):
    with pytest.raises(TypeError, match="labels should be a list"):
        show_images([[1.0]], labels)
