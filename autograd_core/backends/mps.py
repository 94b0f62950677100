"""Apple's GPU, which is not used."""


def is_available():
    """False: this engine computes on the CPU."""
    return False


is_built = is_available
