"""NVIDIA's library, which is not there. A script may set its switches."""

enabled = benchmark = deterministic = allow_tf32 = False


def is_available():
    """False: this engine computes on the CPU."""
    return False
