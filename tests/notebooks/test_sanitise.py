"""What nbval overlooks when it compares outputs is only what sanitise.cfg says, no real change."""

import pytest

from tests.notebooks.sanitise import rules, sanitised

# For each rule: a text, the same text on another machine, and a text that really differs.
EXAMPLES = {
    r"""(?<![^\s"'])[^\s"']*ipykernel_\d+[/\\]\d+\.py""": (
        "/tmp/ipykernel_812/3561.py:2: UserWarning: y is not a leaf",
        "C:\\Temp\\ipykernel_99\\27.py:2: UserWarning: y is not a leaf",
        "/tmp/ipykernel_812/3561.py:3: UserWarning: z is not a leaf",
    ),
    r"\bIn \[\d+\]": (
        "PowBackward0, made at In [7], line 3: `u ** 2`",
        "PowBackward0, made at In [1], line 3: `u ** 2`",
        "PowBackward0, made at In [7], line 4: `u ** 2`",
    ),
}


def test_there_are_at_most_five_rules_and_each_has_an_example():
    assert len(rules()) <= 5
    assert [pattern for pattern, _ in rules()] == list(EXAMPLES)


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_a_rule_overlooks_the_machine_and_nothing_else(pattern):
    here, there, changed = EXAMPLES[pattern]
    assert sanitised(here) == sanitised(there) != sanitised(changed)


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_a_rule_is_needed(pattern):
    here, there, _ = EXAMPLES[pattern]
    assert here != there


@pytest.mark.parametrize(
    "text", ["tensor(2., grad_fn=<PowBackward0>)", "less than 1e−6  yes", "a.py:3: 1", "In [a]"]
)
def test_numbers_and_names_are_compared_as_they_are(text):
    assert sanitised(text) == text


def test_a_large_picture_does_not_hold_up_a_comparison():
    """A rule that tried at each letter anew would take minutes for this text."""
    picture = "iVBORw0KGgo" * 100_000
    assert sanitised(picture) == picture
