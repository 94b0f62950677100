"""docs/hosts.md has what `make hosts` saw of every host, and README says no more."""

import re

import pytest

from tools.hosts.__main__ import ALL, BESIDE, CHECKS, requirements
from tools.readme import HOSTS, README, table_of_hosts

TEXT = HOSTS.read_text(encoding="utf-8")
ROWS = {row[0]: row for row in table_of_hosts()}
NAMES = [name for checks in CHECKS.values() for name in checks]


def test_every_host_has_its_row_and_no_row_is_of_another():
    assert list(ROWS) == [host.name for host in ALL] + [row[0] for row in BESIDE]


@pytest.mark.parametrize("host", ALL)
def test_a_row_tells_of_every_check_or_that_the_host_was_not_tried(host):
    _, version, works, lacks, why = ROWS[host.name]
    told = [name for cell in (works, lacks) for name in cell.split(", ") if name]
    assert version == "not tried" or sorted(told) == sorted(NAMES)
    assert all(f"{name}: " in why for name in lacks.split(", ") if name)


def test_what_each_check_looks_at_is_told():
    assert all(f"**{name}**" in TEXT.replace("\n", " ") for name in NAMES)


def test_each_host_is_installed_with_what_pyproject_names():
    assert {package for host in ALL for package in host.packages} == set(requirements())


def test_nothing_of_the_machine_is_in_the_table():
    assert not re.search(r"/(tmp|home|root|Users|work)/|https?://|localhost|127\.0\.0\.1", TEXT)


def test_readme_names_the_hosts_in_which_widgets_work_and_no_other():
    (told,) = re.findall(
        r"<!-- generated: hosts -->\n(.*?)<!-- end -->", README.read_text("utf-8"), re.DOTALL
    )
    told = " ".join(told.split())
    assert {name for name, row in ROWS.items() if name in told} == {
        name for name, row in ROWS.items() if "a step" in row[2].split(", ")
    }
