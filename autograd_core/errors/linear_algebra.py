"""What is said about linear algebra."""


def _matrix(shape):
    return "x".join(map(str, shape))


def cannot_multiply(op, a, b):
    return RuntimeError(
        f"{op}: mat1 and mat2 shapes cannot be multiplied ({_matrix(a)} and {_matrix(b)}). "
        f"The columns of the first ({a[-1]}) must be as many as the rows of the second ({b[0]}): "
        "transpose one (.T), or check the sizes of the layers."
    )


C_TYPES = {"float64": "double", "float32": "float", "int64": "long", "int32": "int",
            "int16": "short", "int8": "signed char", "uint8": "unsigned char"}  # fmt: skip


def c_type(tensor):
    name = tensor._data.dtype.name
    return C_TYPES.get(name, name)


def matmul_of_scalars(a, b):
    return RuntimeError(
        f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D. "
        "A number multiplies with *."
    )
