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

    names = unique_names(trace.nodes)
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


def unique_names(nodes):
    """Names that TensorBoard accepts, by node id: letters, digits and ``_ . -``, each once.

    A ``/`` would open a group and is replaced as well.
    """
    names, taken = {}, set()
    for node in nodes:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", node.name).strip("_") or node.kind
        plain = plain if plain[0].isalnum() else f"n{plain}"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        names[node.id] = name
    return names
