"""Accessibility audit with axe-core, of our widgets and pages, not of what hosts them."""

from tests.missing import need

# Of the rules of a whole page only those about parts: a widget is not a page.
PAGE_RULES = ["region", "page-has-heading-one", "landmark-one-main", "heading-order"]


def violations(page, part=".ag") -> list[str]:
    """What axe-core finds wrong in a widget, or in "html" all of it: rule, where, and what it says."""
    need("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    left_out = PAGE_RULES if part != "html" else ()
    options = {"rules": {rule: {"enabled": False} for rule in left_out}}
    found = Axe().run(page, context=part, options=options).response
    assert found["passes"], "nothing was audited"
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
