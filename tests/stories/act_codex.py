"""The sandbox's stand-in for Codex as a program: a prompt's file and the report's file are its arguments."""

import sys
from pathlib import Path

from bot.sandbox.codex_stand_in import work
from bot.sandbox.workflow_actions import CodexRequest

if __name__ == "__main__":
    prompt, out = map(Path, sys.argv[1:])
    request = CodexRequest(
        prompt=prompt.read_text(encoding="utf-8"),
        working_directory=Path.cwd(),
        output_file=out,
        output_schema=None,
        inputs={},
    )
    out.write_text(work(request).final_message, encoding="utf-8")
