"""What is said about custom Functions."""


def not_overridden(method):
    wanted = {"forward": "the forward function for",
              "backward": "either the backward or vjp method for your"}  # fmt: skip
    return NotImplementedError(
        f"You must implement {wanted[method]} custom autograd.Function: "
        f"a static method `{method}` of your class."
    )


def differentiated_twice():
    return RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable. "
        "Leave the decorator out if its backward computes with differentiable operations only."
    )


def nothing_requires_grad():
    return ValueError(
        "gradcheck expects at least one input tensor to require gradient, but none of the them have "
        "requires_grad=True."
    )


def single_precision():
    return (
        "An input requires gradient and is not a double precision floating point. This check will "
        "likely fail if all the inputs are not of double precision floating point."
    )


def nothing_to_check():
    return ValueError("gradcheck expects the function to return a tensor, or several.")


def detached_outputs():
    return (
        "no output requires grad although the outputs do change with the inputs: does the function "
        "use .detach(), .item(), .numpy() or no_grad()?"
    )


def incoming_gradient_unused():
    return (
        "a backward does not multiply by the incoming gradient: where that is 0, something else "
        "than 0 comes back"
    )
