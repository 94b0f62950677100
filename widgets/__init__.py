"""Pictures and interactive widgets for automatic differentiation.

Each name is looked up when it is first used, so that a picture does not load the widgets, nor
a widget the recorder of a library that is not there.
"""

import os
from importlib import import_module

from .tracebacks import fold

WHERE = {
    "Trace": "trace",
    "record": "recorders",
    "watching": "diagnosis.watched",
    "diagnose": "diagnosis.widget",
    "make_dot": "drawing.picture",
    "write_tensorboard_graph": "tensorboard",
    "BackwardStepper": "stepper.widget",
    "GradientQuiz": "quiz.widget",
    "check_answer": "quiz.widget",
    "Predict": "predict.widget",
    "TrainingMonitor": "training.widget",
    "GradientCheck": "gradient_check.widget",
    "show_images": "drawing.images",
    "Descent": "descent.widget",
    "Nudge": "nudge.widget",
    "check_setup": "setup.check",
    "load_ipython_extension": "magic",
    "require": "requirement",
    "lesson": "answers.book",
    "book": "answers.book",
    "progress": "course.widget",
    "check": "answers.exercise",
    "verify": "verification",
}
if os.environ.get("WIDGETS_PUBLISH"):  # a page is made of this notebook
    WHERE["check"] = "publish.exercises"

__all__ = list(WHERE)


def __getattr__(name):
    if name not in WHERE:
        raise AttributeError(f"module 'widgets' has no attribute {name!r}")
    return getattr(import_module(f".{WHERE[name]}", __name__), name)


def __dir__():
    return sorted(globals().keys() | WHERE.keys())


fold()
