"""Pictures and interactive widgets for automatic differentiation.

Each name is looked up when it is first used, so that a picture does not load the widgets, nor
a widget the recorder of a library that is not there.
"""

from importlib import import_module

WHERE = {
    "Trace": "trace",
    "record": "recorders",
    "make_dot": "drawing.picture",
    "write_tensorboard_graph": "tensorboard",
    "BackwardStepper": "stepper.widget",
    "GradientQuiz": "quiz.widget",
    "check_answer": "quiz.widget",
    "TrainingMonitor": "training.widget",
    "GradientCheck": "gradient_check.widget",
    "show_images": "drawing.images",
    "Descent": "descent.widget",
    "check_setup": "setup.check",
    "load_ipython_extension": "magic",
    "require": "requirement",
    "check": "answers.exercise",
    "verify": "verification",
}

__all__ = list(WHERE)


def __getattr__(name):
    if name not in WHERE:
        raise AttributeError(f"module 'widgets' has no attribute {name!r}")
    return getattr(import_module(f".{WHERE[name]}", __name__), name)


def __dir__():
    return sorted(globals().keys() | WHERE.keys())
