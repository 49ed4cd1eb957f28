"""The `.env` file: what it sets, and which of its lines say nothing."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream


def read_env_file(path: Path) -> tuple[dict[str, str | None], list[str]]:
    """What the file sets, nothing where there is none; and a sentence for each line that is not understood.

    Raises OSError and UnicodeDecodeError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    lines = list(parse_stream(StringIO(text)))
    understood = "".join(each.original.string for each in lines if not each.error)
    problems = [
        f"{path}, line {each.original.line} is not understood: write NAME=value, and close each quote."
        for each in lines
        if each.error
    ]
    return dotenv_values(stream=StringIO(understood)), problems
