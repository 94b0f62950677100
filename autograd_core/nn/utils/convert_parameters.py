"""All parameters as one vector, and back."""

from ...ops.shape import cat


def parameters_to_vector(parameters):
    """The elements of all parameters, one after the other: a tensor of one dimension."""
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec, parameters):
    """Make the parameters look into the slices of ``vec`` that belong to them."""
    start = 0
    for parameter in parameters:
        end = start + parameter._data.size
        parameter.data = vec.data[start:end].reshape(parameter.shape)
        start = end
