"""Functions and modules that run in another child: arguments go there, values come back, no code.

A submission's child borrows what an earlier exercise asks for from a child that has the course's
own modules. Both ends are alike, so that a borrowed function may call one that it was given.
"""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType, SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import torch

from autograder.sandbox.link import Link
from autograder.sandbox.protocol import ProtocolError, Tensors
from autograder.sandbox.values import read_value, write_value
from exercise_lib.check.probes.method import EvenDropout
from exercise_lib.check.tree import Tree, tensors, tree_map

State = dict[str, torch.Tensor]
NORMS = (  # whose functions are known at both ends
    "torch.nn.utils.spectral_norm",
    "torch.nn.utils.weight_norm",
    "torch.nn.utils.parametrizations",
)


class Peer:
    """One end: what it lent is known by numbers, what it borrowed looks like a module."""

    def __init__(self, link: Link) -> None:
        self.link, self.talk = link, link.talk
        self.lent: list[Any] = []
        self.told: WeakKeyDictionary[torch.nn.Module, tuple[int, State]] = WeakKeyDictionary()
        self.count = 0  # of the states that were told

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a part of an exercise at the other end, or, without a name, the first argument."""
        given = self.unfold([args, kwargs])
        box: list[Tree] = []
        outputs = iter(Remote.apply(self, name, given, box, *tensors(given)))
        value = tree_map(lambda it: next(outputs) if torch.is_tensor(it) else it, box[0])
        return self.fold(value)

    def call_method(
        self,
        part: str,
        owner: torch.nn.Module,
        made_with: Sequence[Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Call a method at the other end, of an instance like `owner`; its state goes there once.

        Args: made_with: the arguments it was constructed with.
        """
        with torch._C.DisableTorchFunction():
            state = dict(owner.state_dict())
            number, known = self.told.get(owner, (0, {}))
            same = number and is_same(state, known)
        if same:
            return self.call(part, {"number": number}, *args, **kwargs)
        self.count += 1
        number, copy = self.count, {name: it.clone() for name, it in state.items()}
        like = {"number": number, "init": made_with, "state": state}
        value = self.call(part, like, *args, **kwargs)
        self.told[owner] = number, copy
        return value

    def ask(self, question: dict[str, Tree]) -> Tree:
        """Return what the other end answers; raises an exception of the kind it raised.

        What watches a submission's tensors, as the even dropout does, sees nothing of messages.
        """
        sent: Tensors = {}
        with torch._C.DisableTorchFunction():
            message: dict[str, Any] = {"question": write_value(question, sent)}
            message, received = self.talk(message, sent)
        while "question" in message:
            message, received = self.talk(*self.answer(message, received))
        if "raised" in message:
            raise kind_of(message["raised"])("raised by the course's own code")
        return read_value(message["value"], received)

    def answer(self, message: dict[str, Any], received: Tensors) -> tuple[dict[str, Any], Tensors]:
        """Return the answer to the other end's question; of an exception its kind alone."""
        sent: Tensors = {}
        try:
            question = read_value(message["question"], received)
            if question["back"] is None:
                with torch.no_grad():
                    value = self.value(question)
            else:
                value = self.gradients(question)
            return {"value": write_value(value, sent)}, sent
        except Exception as error:
            return {"raised": [it.__name__ for it in type(error).__mro__]}, {}

    def value(self, question: dict[str, Tree]) -> Tree:
        """Call what was asked for."""
        args, kwargs = self.fold(question["given"])
        if question["name"]:
            args = [self.find(question["name"]), *args]
        return self.unfold(args[0](*args[1:], **kwargs))

    def gradients(self, question: dict[str, Tree]) -> Tree:
        """Call it again and return the gradients with respect to all tensors that were given."""
        inputs = [it.requires_grad_(it.is_floating_point()) for it in tensors(question["given"])]
        with torch.enable_grad():
            outputs = tensors(self.value(question))
            total = torch.zeros(())  # torch.autograd.grad of tensors would import sympy
            for end, back in zip(outputs, question["back"], strict=True):
                if end.requires_grad and end.is_floating_point():
                    total = total + (end * back).sum()
        wanted = [it for it in inputs if it.requires_grad]
        if not (total.requires_grad and wanted):
            return [None for _ in inputs]
        found = iter(torch.autograd.grad(total, wanted, allow_unused=True))
        return [next(found) if it.requires_grad else None for it in inputs]

    def find(self, name: str) -> Any:
        """Return what the other end may call by name: nothing."""
        raise LookupError(name)

    def unfold(self, value: Any) -> Tree:
        """Return a value as a tree of plain things; what can be called is lent."""
        if isinstance(value, (list, tuple, torch.nn.ModuleList)):
            items = [self.unfold(it) for it in value]
            return tuple(items) if isinstance(value, tuple) else items
        if isinstance(value, dict):
            return {key: self.unfold(it) for key, it in value.items()}
        if isinstance(value, Borrowed):
            return {"$yours": {"number": value.number, "state": value.news()}}
        if isinstance(value, SimpleNamespace) or (
            dataclasses.is_dataclass(value) and not isinstance(value, type)
        ):
            return {"$record": self.unfold(dict(vars(value)))}
        if inspect.isfunction(value) and value.__module__ in NORMS:
            return {"$norm": [value.__module__, value.__name__]}
        return self.lend(value) if callable(value) else value

    def lend(self, thing: Any) -> Tree:
        """Give a number to something that the other end may call."""
        self.lent.append(thing)
        return {"$mine": {"number": len(self.lent) - 1, "state": {}}}

    def fold(self, tree: Tree) -> Any:
        """Return the value that was unfolded at the other end."""
        if isinstance(tree, (list, tuple)):
            return type(tree)(self.fold(it) for it in tree)
        if not isinstance(tree, dict):
            return tree
        kind: Any
        kind, content = next(iter(tree.items()), ("", {}))
        if kind == "$record":
            return SimpleNamespace(**self.fold(content))
        if kind == "$mine":
            return Borrowed(self, **content)
        if kind == "$yours":
            return self.again(**content)
        if kind == "$norm":
            return norm(*content)
        return {key: self.fold(it) for key, it in tree.items()}

    def again(self, number: int, state: State | None) -> Any:
        """Return what was lent; its parameters are its own."""
        return self.lent[number]


class Lender(Peer):
    """The end that has the course's own modules: it lends some parts of them, and nothing else."""

    def __init__(self, link: Link, parts: Iterable[str]) -> None:
        """Lend some parts: such as `exercise_lib.mel:frame`, of a class its methods."""
        super().__init__(link)
        self.likes: dict[int, torch.nn.Module] = {}  # instances like those at the other end
        self.parts: dict[str, Callable[..., Any]] = {}
        for part in parts:
            module, owner, method = split(part)
            found = getattr(importlib.import_module(module), owner)
            if method in ("", "__init__"):
                self.parts[f"{module}:{owner}"] = found
            else:
                self.parts[part] = partial(self.call_like, found, method)

    def serve(self) -> bool:
        """Answer one question of the other end; return whether that end is still there."""
        try:
            self.link.send(*self.answer(*self.link.receive()))
        except (EOFError, ProtocolError):
            return False
        return True

    def find(self, name: str) -> Any:
        return self.parts[name]

    def value(self, question: dict[str, Tree]) -> Tree:
        """Call it, with a dropout that draws no numbers: here they would be others."""
        with EvenDropout():
            return super().value(question)

    def lend(self, thing: Any) -> Tree:
        """Lend a module with its parameters; the other end keeps them."""
        if not isinstance(thing, torch.nn.Module):
            raise TypeError(type(thing).__name__)
        lent = super().lend(thing)
        lent["$mine"]["state"] = dict(thing.state_dict())
        return lent

    def again(self, number: int, state: State | None) -> Any:
        """Return what was lent, with the parameters that it has at the other end."""
        thing = self.lent[number].eval()
        if state is not None:
            thing.load_state_dict(state)
        return thing

    def call_like(
        self,
        owner: type[torch.nn.Module],
        method: str,
        like: Mapping[str, Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Call a method of an instance like one at the other end.

        Args: like: its number and, the first time, what it was constructed with, and its state.
        """
        number = like["number"]
        if "state" in like:
            made, named = like["init"]
            instance = owner(*made, **named).eval()
            instance.load_state_dict(like["state"])
            self.likes[number] = instance
        instance = self.likes[number]
        if not isinstance(instance, owner):
            raise LookupError(number)
        return getattr(instance, method)(*args, **kwargs)


class Texts(MetaPathFinder, Loader):
    """Imports modules that no file holds, so that none of their parts can be made to read one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Args: texts: `exercise_lib.mel` -> the module's text."""
        self.texts = texts

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname in self.texts else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.texts[module.__name__], "the course", "exec"), vars(module))


class Remote(torch.autograd.Function):
    """A call at the other end, and its gradients."""

    @staticmethod
    def forward(ctx: Any, peer: Peer, name: str, given: Tree, box: list[Tree], *_: Any) -> Any:
        ctx.question = peer, name, given
        box.append(peer.ask({"name": name, "given": given, "back": None}))
        outputs = tensors(box[0])
        ctx.mark_non_differentiable(*(it for it in outputs if not it.is_floating_point()))
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *back: torch.Tensor) -> Any:
        peer, name, given = ctx.question
        found = peer.ask({"name": name, "given": given, "back": list(back)})
        return None, None, None, None, *found


class Borrowed(torch.nn.Module):
    """A function or module of the other end; here are its parameters, under their names."""

    def __init__(self, peer: Peer, number: int, state: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.peer, self.number = peer, number
        self.known = {name: it.clone() for name, it in state.items()}  # at the other end
        for name, tensor in state.items():
            owner: torch.nn.Module = self
            *path, last = name.split(".")
            for step in path:
                if step not in owner._modules:
                    owner.add_module(step, torch.nn.Module())
                owner = owner.get_submodule(step)
            if tensor.is_floating_point():
                owner.register_parameter(last, torch.nn.Parameter(tensor))
            else:
                owner.register_buffer(last, tensor)

    def news(self) -> State | None:
        """Return the parameters if they are others than the other end has, else None."""
        state = dict(self.state_dict())
        if is_same(state, self.known):
            return None
        self.known = {name: it.clone() for name, it in state.items()}
        return state

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.peer.call("", self, *args, **kwargs)


def is_same(one: State, other: State) -> bool:
    """Whether two states have the same names and numbers."""
    return one.keys() == other.keys() and all(
        it.dtype == other[name].dtype and torch.equal(it, other[name]) for name, it in one.items()
    )


def split(part: str) -> tuple[str, str, str]:
    """Return the module, the function or class, and the method or "", of a part's name."""
    module, _, path = part.partition(":")
    owner, _, method = path.partition(".")
    return module, owner, method


def norm(module: str, name: str) -> Any:
    """Return a norm of torch's that the other end named."""
    found = getattr(importlib.import_module(module), name) if module in NORMS else None
    if not (inspect.isfunction(found) and found.__module__ in NORMS):
        raise LookupError(name)
    return found


def kind_of(names: Iterable[str]) -> type[Exception]:
    """Return the first exception type of Python's own among some names."""
    found = (getattr(builtins, it, None) for it in names)
    return next(
        (it for it in found if isinstance(it, type) and issubclass(it, Exception)), RuntimeError
    )
