"""What is said in anomaly mode."""


def appeared_backward(node, bad, slot, name):
    whose = f"`{name}`" if name else f"operand number {slot}"
    return RuntimeError(
        f"Function '{node.name()}' returned {bad} values in its {slot}th output: the "
        f"gradient of {whose}. The operation was recorded at {node.source()}."
    )


def appeared_forward(node, bad):
    return RuntimeError(
        f"Function '{node.name()}' returned {bad} values in its forward output, of operands "
        f"that were finite. The operation stands at {node.source()}."
    )
