"""The graph behind a tensor in TensorBoard.

``SummaryWriter.add_graph`` wants a model; this takes a tensor that stands alone, of either
library. Only the package `tensorboard` is needed.
"""

import os
import re
import time
from pathlib import Path

from .trace import CONSTANT, LEAF, OMITTED
from .words.numbers_as_text import full

OPS = {LEAF: "Leaf", CONSTANT: "Const", OMITTED: "Omitted"}
TYPES = {  # numbers of TensorFlow's DataType
    "float64": 2, "float32": 1, "float16": 19, "bfloat16": 14, "int64": 9, "int32": 3,
    "int16": 5, "int8": 6, "uint8": 4, "bool": 10, "complex64": 8, "complex128": 18,
}  # fmt: skip


def write_tensorboard_graph(output, logdir, names=None, *, max_nodes=10_000):
    """Write the graph behind a tensor where ``tensorboard --logdir`` finds it.

    Nodes bear the names of the caller's variables; a click on one shows its operation, shape,
    value and, if there is one, gradient. No backward pass is run.

    Parameters
    ----------
    output : tensor of `autograd_core` or of PyTorch, or a list of them
    logdir : path of a folder; made if it is not there
    names : mapping from names to tensors, or None
    max_nodes : int, of a larger graph the latest operations are written

    Returns the path of the event file. Raises TypeError if ``output`` is not a tensor,
    RuntimeError where TensorBoard is not installed.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.graph_pb2 import GraphDef
        from tensorboard.compat.proto.versions_pb2 import VersionDef
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError as error:
        raise RuntimeError("writing for TensorBoard needs it: python -m pip install tensorboard") from error
    from .recorders import graph

    trace = graph(output, names, max_nodes=max_nodes)
    definition = GraphDef(node=node_definitions(trace), versions=VersionDef(producer=22))
    now = time.time()
    path = Path(logdir, f"events.out.tfevents.{now:.6f}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:  # TensorBoard's own writer would start a thread
        records = RecordWriter(file)
        for event in (
            Event(wall_time=now, file_version="brain.Event:2"),
            Event(wall_time=now, graph_def=definition.SerializeToString()),
        ):
            records.write(event.SerializeToString())
    return path


def node_definitions(trace):
    """The nodes of a trace as TensorBoard's `NodeDef`; an operand used twice is named twice."""
    from tensorboard.compat.proto.node_def_pb2 import NodeDef

    names = unique_names(trace)
    inputs = {node.id: [] for node in trace.nodes}
    for edge in trace.edges:
        inputs[edge.consumer].append(names[edge.producer])
    return [
        NodeDef(
            name=names[node.id], op=OPS.get(node.kind, node.op), input=inputs[node.id], attr=attributes(node)
        )
        for node in trace.nodes
    ]


def attributes(node):
    """What TensorBoard shows about a node: type, shape, value, gradient."""
    from tensorboard.compat.proto.attr_value_pb2 import AttrValue
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    found = {}
    if node.dtype in TYPES:
        found["dtype"] = AttrValue(type=TYPES[node.dtype])
    if node.shape is not None:
        sizes = [TensorShapeProto.Dim(size=size) for size in node.shape]
        shapes = AttrValue.ListValue(shape=[TensorShapeProto(dim=sizes)])
        found["_output_shapes"] = AttrValue(list=shapes)
    for name, value in {"value": node.value, "grad": node.grad}.items():
        if value is not None:
            found[name] = AttrValue(s=full(value).encode())
    if node.source is not None and node.source.expression:
        found["source"] = AttrValue(s=node.source.expression.encode())
    return found


def unique_names(trace):
    """Names that TensorBoard accepts, by node id: letters, digits and ``_ . -``, each once.

    A ``/`` opens a group: one for each scope, in that of the scope around it.
    """
    names, taken = {}, set()
    ways = groups(trace)
    for node in trace.nodes:
        names[node.id] = free(ways.get(node.id, "") + plain(node.name, node.kind), taken)
    return names


def groups(trace):
    """By the ids of nodes that are in scopes, the names of these from the outermost one, each with a ``/``."""
    ways, found, taken = [], {}, set()
    for scope in trace.scopes:
        outer = trace.scopes[scope.outer] if scope.outer >= 0 else None
        own = scope.name.removeprefix(f"{outer.name}.") if outer and outer.name else scope.name
        way = free((ways[scope.outer] if outer else "") + plain(own or scope.type, scope.kind), taken)
        ways.append(f"{way}/")
        found |= dict.fromkeys(scope.nodes, ways[-1])
    return found


def plain(name, otherwise):
    """A name in the letters that TensorBoard accepts."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_") or otherwise
    return name if name[0].isalnum() else f"n{name}"


def free(name, taken):
    """A name that is not taken yet, and is from now on."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found
