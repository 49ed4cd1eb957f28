"""Placements that every log has: sentences, assignments, dumps, tracebacks, requests."""

import json

from tests.redaction_held_out.placement import Placement, encoded, template

BARE = {
    "alone": "@VALUE",
    "end of a sentence": "Could not reach the upstream after 3 attempts: @VALUE",
    "middle of a sentence": "Worker 4 gave up on @VALUE because the remote end answered in @MS ms",
    "log line with time and level": "@TIME WARNING bot.client: rejected by upstream (@VALUE)",
    "uvicorn-like line": "INFO:     10.0.3.7:51344 - handler got @VALUE - 400 Bad Request",
    "in square brackets": "2026-03-04T05:06:07Z [info] [@VALUE] request finished guild=@ID",
    "in backticks": "Value `@VALUE` did not pass validation for guild @ID",
    "code block of chat": "User @ID wrote:\n```\n@VALUE\n```",
    "in a list": "argv: ['--verbose', '--from', 'eu', @REPR]",
    "exception message": 'Traceback (most recent call last):\n  File "/app/bot/run.py", line 88, in start\n'
    "    await connect()\nConnectionError: refused: @VALUE",
    "between tabs": "@ID\t@MS\t@VALUE\tfailed",
}
NAMED = {
    "assignment": "@NAME=@VALUE",
    "assignment in double quotes": '@NAME="@VALUE"',
    "assignment in single quotes": "loaded @NAME='@VALUE' from the environment",
    "spaced assignment": "@NAME = @VALUE",
    "colon": "config check @NAME: @VALUE",
    "exported": "+ export @NAME=@VALUE",
    "logfmt": 'time=2026-02-03T04:05:06Z level=info msg="settings read" @NAME="@VALUE" took=@MSms',
    "yaml": "service:\n  port: 8080\n  @NAME: @VALUE\n  replicas: 2",
    "toml": '[bot]\nprefix = "!"\n@NAME = "@VALUE"\nshards = 2',
    "dotenv dump": "LOG_LEVEL=debug\nPORT=8080\n@NAME=@VALUE\nTZ=UTC",
    "ini": "[upstream]\nhost=10.2.0.4\n@NAME=@VALUE\n",
    "systemd unit": 'Environment="@NAME=@VALUE"',
    "xml element": "<settings><region>eu</region><@NAME>@VALUE</@NAME></settings>",
    "arrow": "override @NAME -> @VALUE",
    "shell trace": "++ env PORT=80 @NAME=@VALUE python -m bot",
    "trailing comma": "host=db, port=5432, @NAME=@VALUE, pool=5",
}
REPRS = {
    "dict": "settings: {'host': 'db', '@NAME': @REPR, 'retries': 3}",
    "environ": "environ({'LANG': 'C.UTF-8', '@NAME': @REPR, 'HOME': '/app'})",
    "dataclass": "Config(host='db', port=5432, @NAME=@REPR, debug=False)",
    "pydantic": "host='db' port=5432 @NAME=@REPR debug=False",
    "namespace": "Namespace(verbose=True, @NAME=@REPR, guild=@ID)",
    "call": "TypeError: connect(host='db', @NAME=@REPR) got an unexpected keyword",
    "traceback locals": '  File "/app/bot/db.py", line 41, in connect\n    locals:\n    @NAME = @REPR\n    n = 3',
    "boxed locals": "│ │ guild = @ID            │ │\n│ │ @NAME = @REPR │ │\n│ │ tries = 3 │ │",
    "pair": "('@NAME', @REPR)",
    "named tuple": "Credentials(user='anna', @NAME=@REPR)",
    "pytest assertion": "E       AssertionError: assert {'@NAME': @REPR} == {}",
    "validation error": "  Input should be an integer [type=int_type, input_value={'@NAME': @REPR}, input_type=dict]",
}
JSONS = {
    "json": '{"@NAME": @REPR}',
    "json log line": '{"timestamp": "2026-02-03T04:05:06Z", "level": "ERROR", "message": "bad config", "@NAME": @REPR}',
    "json with siblings": '{"user": {"id": "@ID", "@NAME": @REPR, "locale": "de"}, "ok": true}',
    "tight json": 'body={"n":@MS,"@NAME":@REPR}',
}


def in_repr(line: str, carries_name: bool, name: str) -> Placement:
    """The value as Python's repr writes it."""
    return Placement(
        name, "ordinary", carries_name, encoded(line.replace("@REPR", "'@VALUE'"), lambda text: repr(text)[1:-1])
    )


def in_json(line: str, name: str) -> Placement:
    """The value as JSON writes it."""
    form = line.replace("@REPR", '"@VALUE"')
    return Placement(name, "ordinary", True, encoded(form, lambda text: json.dumps(text)[1:-1]))


ORDINARY = [
    *(
        in_repr(line, False, name) if "@REPR" in line else Placement(name, "ordinary", False, template(line))
        for name, line in BARE.items()
    ),
    *(Placement(name, "ordinary", True, template(line)) for name, line in NAMED.items()),
    *(in_repr(line, True, name) for name, line in REPRS.items()),
    *(in_json(line, name) for name, line in JSONS.items()),
]
