"""What is said when something is wrong: PyTorch's type and opening words, then the cure.

Each function returns the exception to raise (or checks, and raises it). They stand by topic in
the modules of this package, which are imported when a message is first needed: most programs
need none, and start the sooner.
"""

from importlib import import_module

TOPICS = (
    "words",
    "operands",
    "gradients",
    "backward",
    "in_place",
    "anomaly",
    "creation",
    "random",
    "conversion",
    "functions",
    "functional",
    "shapes",
    "indices",
    "reductions",
    "linear_algebra",
)


def __getattr__(name):
    for topic in TOPICS:
        module = import_module(f"{__name__}.{topic}")
        if name in vars(module):
            globals()[name] = vars(module)[name]
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
