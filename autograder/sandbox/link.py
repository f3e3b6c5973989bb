"""The channel between two children of one submission, which the grader does not read."""

from __future__ import annotations

import os
import socket
from typing import Any

from autograder.sandbox.protocol import ProtocolError, Tensors, receive, send

DAY = 86_400.0  # the grader ends whoever waits too long


class Link:
    """One end of it. What comes may be anything that a student's code sends."""

    def __init__(self, channel: socket.socket, limit: int) -> None:
        """Args: limit: bytes of a message."""
        self.channel, self.limit = channel, limit

    def talk(self, message: Any, tensors: Tensors) -> tuple[Any, Tensors]:
        """Send a message and return the other end's next one; without that end, this one ends."""
        try:
            send(self.channel, message, tensors, DAY)
            return self.receive()
        except (EOFError, ProtocolError):
            os._exit(1)

    def receive(self) -> tuple[Any, Tensors]:
        """Return the next message; raises EOFError or ProtocolError."""
        return receive(self.channel, DAY, self.limit)

    def send(self, message: Any, tensors: Tensors) -> None:
        """Send a message; raises EOFError."""
        send(self.channel, message, tensors, DAY)
