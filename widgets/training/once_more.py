"""The batch of an alarm, run once more on copies and watched."""

from copy import deepcopy

from ..libraries.undisturbed import undisturbed

MOVED = "The step of that batch was made: the copies have the parameters that it left."
USUAL = "The loss was computed anew as criterion(model(inputs), targets)."
OTHERWISE = "Run once more, the batch does not show it: what was random in it is not repeated."


def once_more(run, models, batch, criterion, held):
    """Return the `Diagnosis` of a loss that is computed anew; what the user has stays as it is."""
    # With the report, which a program that only trains does not need.
    from ..diagnosis.evidence import gathered
    from ..diagnosis.watched import watching
    from ..diagnosis.widget import Diagnosis

    def work():
        copies, its_batch, its_criterion = deepcopy((models, batch, criterion))
        with watching() as seen:
            loss = run(*copies, its_batch) if run else usual(copies[0], its_batch, its_criterion)
        evidence = gathered(seen if loss is None else loss, copies, [])
        return evidence, Diagnosis(evidence)

    evidence, report = undisturbed(work)
    more = ([] if held else [MOVED]) + ([] if run else [USUAL])
    if not report.findings:
        more.append(OTHERWISE)
    evidence.untold += more
    return Diagnosis(evidence) if more else report


def usual(model, batch, criterion):
    """The loss as most loops compute it."""
    inputs, targets = batch
    return criterion(model(inputs), targets)
