"""What the core says when something is wrong: PyTorch's type and opening words, then the cure.

Each function returns the exception to raise; they stand by topic in the modules of this package.
Here are words only: what is wrong is found where it is computed, which imports these by name.
Around the core a sentence stands where it is raised, unless several places say it.
"""
