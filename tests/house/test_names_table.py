"""docs/pytorch.md lists what of PyTorch there is, and nothing that PyTorch has not."""

import importlib
import re

from tests.oracle import need_pytorch
from tools.readme import NAMES, PLACES, generated

TEXT = NAMES.read_text(encoding="utf-8")


def test_the_table_is_up_to_date():
    assert generated(NAMES) == TEXT, "docs/pytorch.md is out of date: run `make notebooks`"


def test_every_name_in_it_is_one_of_pytorch():
    need_pytorch()
    torch = importlib.import_module("torch")
    rows = dict(re.findall(r"^\| `(torch[\w.]*)` \| (.*) \|$", TEXT, re.MULTILINE))
    assert list(rows) == PLACES
    for place, names in rows.items():
        found = torch
        for part in place.split(".")[1:]:
            found = getattr(found, part)
        assert [name for name in re.findall(r"`(\w+)`", names) if not hasattr(found, name)] == []
