"""Tracebacks as Python prints them: frames, causes, contexts, groups."""

from tests.fingerprint_set.model import Fault, World

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
HEAD = "Traceback (most recent call last):\n"
CODES = (
    "return await self.fetch({n})",
    "result = {name}(*args, **kwargs)",
    "await {name}(ctx, {n})",
    "value = rows[{n}]",
    "raise error",
    "return {name}(item)",
)


def place(frame: str, world: World) -> tuple[str, str]:
    """Path and function of a frame on this machine."""
    kind, rest = (frame[:3], frame[4:]) if frame.startswith(("lib:", "std:")) else ("", frame)
    folder = {"lib": world.library, "std": world.python}.get(kind, world.app)
    path, _, function = rest.rpartition(":")
    return f"{folder}/{path}", function


def frame_lines(frame: str, world: World) -> str:
    """One frame, sometimes with the marks of newer Pythons below its code."""
    path, function = place(frame, world)
    code = world.rng.choice(CODES).format(n=world.rng.randrange(90), name=function.strip("<>"))
    marks = world.rng.choice(["", "", "^" * len(code), "~" * (len(code) - 4) + "^^^^"])
    lines = [f'  File "{path}", line {world.rng.randrange(5, 900)}, in {function}', f"    {code}"]
    return "\n".join([*lines, *([f"    {marks}"] if marks else [])]) + "\n"


def last_line(kind: str, message: str, world: World) -> str:
    """Type and message; the type alone where there is no message."""
    text = world.filled(message)
    return f"{kind}: {text}\n" if text else f"{kind}\n"


def raised(fault: Fault, world: World, outer: tuple[str, ...] = ()) -> str:
    """The fault as it stands alone, called through `outer`."""
    inner = f"{raised(fault.native, world)}{CAUSE}" if fault.native else ""
    frames = "".join(frame_lines(frame, world) for frame in (*outer, *fault.frames))
    return f"{inner}{HEAD}{frames}{last_line(fault.type, fault.message, world)}"


def caused(root: str, wrapper: Fault, world: World) -> str:
    """A wrapper raised from a root."""
    return f"{root}{CAUSE}{raised(wrapper, world)}"


def during(context: str, fault: str) -> str:
    """A fault raised while another was being handled."""
    return f"{context}{CONTEXT}{fault}"


def indented(text: str, bar: str) -> str:
    """Every line behind a bar."""
    return "".join(f"{bar}{line}\n" if line else f"{bar.rstrip()}\n" for line in text.rstrip("\n").split("\n"))


def grouped(leaves: list[str], frames: tuple[str, ...], world: World, title: str) -> str:
    """An exception group around its leaves."""
    lines = "".join(frame_lines(frame, world) for frame in frames)
    count = f"({len(leaves)} sub-exception{'s' if len(leaves) > 1 else ''})"
    head = f"Exception Group Traceback (most recent call last):\n{lines}ExceptionGroup: {title} {count}\n"
    first, *rest = head.split("\n", 1)
    text = f"  + {first}\n{indented(rest[0], '  | ')}"
    for number, leaf in enumerate(leaves, 1):
        edge = f"+---------------- {number} ----------------"
        text += f"  +-{edge}\n" if number == 1 else f"    {edge}\n"
        text += indented(leaf, "    | ")
    return text + "    +------------------------------------\n"
