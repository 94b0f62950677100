"""The report of `diagnose` in JupyterLab: by keyboard, shown twice, with the debugger at a finding."""

import pytest
from playwright.sync_api import expect

import autograd_core as torch
from tests.browser.axe import violations
from tests.browser.lab import Shown
from widgets import diagnose, watching

BROKEN = """import autograd_core as torch
from widgets import diagnose, watching

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
x, y = torch.randn(5, 3), torch.randn(5)
optimizer = torch.optim.SGD(model[2].parameters(), lr=0.1)
with watching():
    scale = torch.where(x > 0, x.sqrt(), x)
    prediction = model(scale)
    loss = ((prediction - y) ** 2).mean()
report = diagnose(loss, model, optimizer)
report"""


class Report(Shown):
    kind = "diagnose"


@pytest.fixture(scope="module")
def shown(server, shared_lab_page):
    return Report(server, shared_lab_page, BROKEN, "report")


def test_the_report_opens_the_debugger_at_a_finding_by_key_in_every_view(shown):
    page, view = shown.page, shown.view
    expect(view.get_by_role("status")).to_contain_text("findings. Looked at")
    assert violations(page, ".ag-diagnose") == []
    opener = view.get_by_role("button", name="Step through it here").first
    opener.focus()
    shown.press("Enter")
    for each in range(2):
        expect(shown.views.nth(each).locator(".ag-stepper[data-ready]")).to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")
    shown.expect_in_kernel(
        "report._stepper.trace.steps[report._stepper.step - 1].node == report.findings[report.asked - 1].node",
        "True",
    )
    opener.focus()
    shown.press("Space")
    expect(page.locator(".ag-stepper")).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_code_in_a_sentence_is_code_and_a_line_breaks_between_words(show):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    with watching():
        loss = torch.log(x[:1] * 0).sum() + x.sum()
    page = show(diagnose(loss))
    what = page.locator(".ag-what").first
    assert "`" not in what.inner_text() and what.locator("code").count() == 1
    assert page.locator(".ag-diagnose pre").first.evaluate("e => getComputedStyle(e).wordBreak") == "normal"


def test_on_a_page_without_a_kernel_it_is_said_where_the_debugger_opens(show):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    with watching():
        loss = torch.where(x > 0, x.sqrt(), x).sum()
    page = show(diagnose(loss))
    page.get_by_role("button", name="Step through it here").press("Enter")
    place = page.get_by_role("group", name="Debugger at finding 1")
    expect(place).to_have_text("Here is no kernel to open it. In a notebook: diagnose(…).stepper(1)")
    page.keyboard.press("Space")
    expect(place).to_be_hidden()
