"""What functions mean that derivative rules call, where their own source does not say it briefly."""


def means(expression):
    """Mark a function with its meaning: an expression of its parameters, in the language of rules.

    That is Python's arithmetic, comparisons, ``a if test else b``, and functions called by their
    bare names: NumPy's, or a word. None: it gives no derivative. How it is typeset is not said here.

    >>> @means("sum(g * x)")
    ... def projected(g, x): ...
    >>> projected.means
    'sum(g * x)'
    """

    def mark(function):
        function.means = expression
        return function

    return mark
