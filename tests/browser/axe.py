"""Accessibility audit with axe-core, on our widgets only."""

from tests.missing import need

# Of the rules of a whole page only those about parts: a widget is not a page.
PAGE_RULES = ["region", "page-has-heading-one", "landmark-one-main", "heading-order"]


def violations(page, widget=".ag") -> list[str]:
    """What axe-core finds wrong in a widget: rule, where, and what it says."""
    need("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    options = {"rules": {rule: {"enabled": False} for rule in PAGE_RULES}}
    found = Axe().run(page, context=widget, options=options).response
    assert found["passes"], "nothing was audited"
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
