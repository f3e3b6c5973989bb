"""Frames between the grader and a sandboxed child: JSON beside safetensors, nothing unpickled.

A frame is two lengths of four bytes, then that much JSON and that much safetensors. A message
has one deadline for all of its bytes, so that a slow drip ends in time, and a size limit that is
compared with the lengths before anything is read.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

import torch
from safetensors import TensorSpec, serialize
from safetensors.torch import load

LENGTHS = struct.Struct("!II")
END = b"+"  # that the end of a channel comes with
LONGEST_TEXT = 8_000_000  # bytes of JSON: read, a byte becomes up to twenty
LONGEST_HEADER = 1_000_000  # bytes of the names and shapes of a frame's tensors
DTYPES = {
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool),
    *(torch.uint16, torch.uint32, torch.uint64),
}
NAMES = {it: str(it).removeprefix("torch.") for it in DTYPES}
Tensors = dict[str, torch.Tensor]


class ProtocolError(RuntimeError):
    """What came is no message, or one larger than allowed."""


def send(channel: socket.socket, message: Any, tensors: Tensors, seconds: float) -> None:
    """Send one frame.

    Raises:
        TimeoutError: it is not taken within `seconds`.
        EOFError: the other side is gone.
    """
    text, arrays = pack(message, tensors)
    channel.settimeout(seconds)
    try:
        channel.sendall(LENGTHS.pack(len(text), len(arrays)) + text + arrays)
    except ConnectionError as error:
        raise EOFError("the other side is gone") from error


def receive(
    channel: socket.socket, seconds: float, limit: int, longest: int = LONGEST_TEXT
) -> tuple[Any, Tensors]:
    """Return the next frame.

    Args: longest: bytes of its JSON; a child takes any, since the grader sends no other.

    Raises:
        TimeoutError: it has not come completely within `seconds`.
        EOFError: the other side is gone.
        ProtocolError: it is larger than `limit` bytes, or no JSON and safetensors.
    """
    deadline = time.monotonic() + seconds
    lengths = LENGTHS.unpack(read(channel, LENGTHS.size, deadline))
    if sum(lengths) > limit or lengths[0] > min(limit, longest):
        raise ProtocolError(f"a message of {lengths[0]} + {lengths[1]} bytes")
    return unpack(*(bytes(read(channel, length, deadline)) for length in lengths))


def send_end(channel: socket.socket, end: socket.socket) -> None:
    """Hand over an end of another channel, after a message; raises EOFError."""
    try:
        socket.send_fds(channel, [END], [end.fileno()])
    except ConnectionError as error:
        raise EOFError("the other side is gone") from error


def receive_end(channel: socket.socket) -> socket.socket:
    """Take an end of another channel over; raises ProtocolError where there is none."""
    _, received, _, _ = socket.recv_fds(channel, len(END), 1)
    if not received:
        raise ProtocolError("no channel")
    return socket.socket(fileno=received[0])


def pack(message: Any, tensors: Tensors) -> tuple[bytes, bytes]:
    """Return the two parts of a frame.

    The tensors are handed to safetensors by their addresses: its `save` for torch looks first
    whether they share memory, which takes longer than all else in a short message.
    """
    plain = {key: it.contiguous() for key, it in tensors.items()}
    arrays = {
        key: TensorSpec(
            dtype=NAMES[it.dtype], shape=it.shape, data_ptr=it.data_ptr(), data_len=it.nbytes
        )
        for key, it in plain.items()
    }
    return json.dumps(message).encode(), bytes(serialize(arrays))


def unpack(text: bytes, arrays: bytes) -> tuple[Any, Tensors]:
    """Read the two parts of a frame, or raise ProtocolError."""
    if int.from_bytes(arrays[:8], "little") > LONGEST_HEADER:
        raise ProtocolError("too many tensors")
    try:
        message, tensors = json.loads(text), load(arrays)
    except Exception as error:  # whatever the readers of JSON and of tensors make of it
        raise ProtocolError(f"a message that can't be read ({type(error).__name__})") from error
    if not all(tensor.dtype in DTYPES for tensor in tensors.values()):
        raise ProtocolError("tensors of a dtype no exercise has")
    return message, tensors


def read(channel: socket.socket, size: int, deadline: float) -> bytearray:
    """Read exactly `size` bytes before the deadline, a time of `time.monotonic`."""
    data = bytearray(size)
    left = memoryview(data)
    while left:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the message took too long")
        channel.settimeout(remaining)
        try:
            count = channel.recv_into(left)
        except ConnectionError as error:
            raise EOFError("the other side is gone") from error
        if count == 0:
            raise EOFError("the other side is gone")
        left = left[count:]
    return data
