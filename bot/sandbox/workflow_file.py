"""A workflow file read into records; whatever this runner does not know is refused by name, never skipped."""

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import cast

import yaml

from bot.sandbox.workflow_values import Value, WorkflowError, to_text

_WORKFLOW_KEYS = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
_JOB_KEYS = {
    *("name", "if", "needs", "permissions", "env", "outputs", "timeout-minutes", "runs-on", "steps"),
    *("environment", "concurrency", "defaults"),
}
_STEP_KEYS = {
    *("id", "name", "if", "env", "uses", "with", "run", "shell", "working-directory"),
    *("continue-on-error", "timeout-minutes"),
}
_PERMISSIONS = {
    *("actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "models"),
    *("packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses"),
}
_LEVELS = {"read", "write", "none"}
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DEFAULT_PERMISSIONS = {"contents": "read", "packages": "read", "metadata": "read"}
DEFAULT_MINUTES = 360

Block = Mapping[str, Value]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain words: `on`, `yes` and dates are texts; a name given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise WorkflowError(f"{name!r} is given twice{node.start_mark}.")
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> int:
        """A whole number; a leading zero does not make it octal."""
        return int(node.value, 16 if node.value.startswith("0x") else 10)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("null", r"~|null|Null|NULL|", "~nN"),
):
    _resolve = re.compile(f"^(?:{_pattern})$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _resolve, [*_first, ""] if _tag == "null" else [*_first])


@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """A group of which one member runs at a time; both parts may be expressions."""

    group: str
    cancel_in_progress: Value = False


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """One step as written."""

    id: str
    name: str
    condition: Value
    env: Block
    uses: str
    inputs: Block
    run: str
    shell: str
    working_directory: str
    continue_on_error: Value
    timeout_minutes: Value


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """One job as written; `permissions` is None where it takes the workflow's."""

    key: str
    name: str
    condition: Value
    needs: tuple[str, ...]
    permissions: Mapping[str, str] | None
    env: Block
    outputs: Block
    timeout_minutes: Value
    steps: tuple[StepSpec, ...]
    concurrency: Concurrency | None
    defaults: Block


@dataclass(frozen=True, kw_only=True)
class WorkflowSpec:
    """One workflow file as written."""

    name: str
    run_name: str
    permissions: Mapping[str, str]
    env: Block
    defaults: Block
    concurrency: Concurrency | None
    jobs: Mapping[str, JobSpec]


def read_yaml(text: str) -> Block:
    """The file's outermost block; raises WorkflowError."""
    try:
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as reason:
        raise WorkflowError(f"The file is not YAML: {reason}") from reason
    return _read_block(loaded, "the file")


def find_types(document: Block, trigger: str = "repository_dispatch") -> frozenset[str] | None:
    """The types under `on.<trigger>`: None where the file does not listen, empty where it names none."""
    triggers = document.get("on")
    if isinstance(triggers, str):
        triggers = [triggers]
    if isinstance(triggers, list):
        return frozenset() if trigger in triggers else None
    if not isinstance(triggers, Mapping) or trigger not in triggers:
        return None
    types = _read_block(triggers[trigger], f"on.{trigger}", {"types"}).get("types", [])
    return frozenset(_read_names(types, f"on.{trigger}.types"))


def read_workflow(document: Block, path: str) -> WorkflowSpec:
    """The whole file, checked; raises WorkflowError naming what is wrong or unknown."""
    block = _read_block(document, path, _WORKFLOW_KEYS)
    jobs = _read_block(block.get("jobs"), "jobs")
    if not jobs:
        raise WorkflowError(f"{path} has no jobs.")
    permissions = _read_permissions(block.get("permissions"), "permissions")
    spec = WorkflowSpec(
        name=to_text(block.get("name")) or path,
        run_name=to_text(block.get("run-name")),
        permissions=_DEFAULT_PERMISSIONS if permissions is None else permissions,
        env=_read_block(block.get("env"), "env"),
        defaults=_read_defaults(block.get("defaults"), "defaults"),
        concurrency=_read_concurrency(block.get("concurrency"), "concurrency"),
        jobs={key: _read_job(key, job) for key, job in jobs.items()},
    )
    for job in spec.jobs.values():
        if unknown := [key for key in job.needs if key not in spec.jobs]:
            raise WorkflowError(f"jobs.{job.key}.needs names {unknown[0]!r}, which is no job of {path}.")
    return spec


def sort_jobs(spec: WorkflowSpec) -> list[JobSpec]:
    """The jobs, each after those it needs; raises WorkflowError on a circle."""
    done: dict[str, JobSpec] = {}
    while len(done) < len(spec.jobs):
        ready = [job for key, job in spec.jobs.items() if key not in done and all(need in done for need in job.needs)]
        if not ready:
            circle = ", ".join(key for key in spec.jobs if key not in done)
            raise WorkflowError(f"The jobs {circle} need each other in a circle.")
        done |= {job.key: job for job in ready}
    return list(done.values())


def _read_job(key: str, value: Value) -> JobSpec:
    place = f"jobs.{key}"
    if not _ID.fullmatch(key):
        raise WorkflowError(f"{place} is not a valid job name.")
    block = _read_block(value, place, _JOB_KEYS)
    steps = block.get("steps")
    if not isinstance(steps, list) or not steps:
        raise WorkflowError(f"{place} has no steps.")
    if not block.get("runs-on"):
        raise WorkflowError(f"{place} has no runs-on.")
    specs = tuple(_read_step(step, f"{place}.steps[{index}]") for index, step in enumerate(steps))
    ids = [step.id.lower() for step in specs if step.id]
    if doubles := [id_ for id_ in ids if ids.count(id_) > 1]:
        raise WorkflowError(f"{place} has two steps with the id {doubles[0]!r}.")
    return JobSpec(
        key=key,
        name=to_text(block.get("name")) or key,
        condition=block.get("if"),
        needs=_read_names(block.get("needs", []), f"{place}.needs"),
        permissions=_read_permissions(block.get("permissions"), f"{place}.permissions"),
        env=_read_block(block.get("env"), f"{place}.env"),
        outputs=_read_block(block.get("outputs"), f"{place}.outputs"),
        timeout_minutes=block.get("timeout-minutes", DEFAULT_MINUTES),
        steps=specs,
        concurrency=_read_concurrency(block.get("concurrency"), f"{place}.concurrency"),
        defaults=_read_defaults(block.get("defaults"), f"{place}.defaults"),
    )


def _read_step(value: Value, place: str) -> StepSpec:
    block = _read_block(value, place, _STEP_KEYS)
    if ("run" in block) == ("uses" in block):
        raise WorkflowError(f"{place} needs either run or uses.")
    misplaced = {"shell", "working-directory"} if "uses" in block else {"with"}
    if wrong := sorted(misplaced & set(block)):
        raise WorkflowError(
            f"{place} holds {wrong[0]!r}, which does not go with {'uses' if 'uses' in block else 'run'}."
        )
    step_id = to_text(block.get("id"))
    if step_id and not _ID.fullmatch(step_id):
        raise WorkflowError(f"{place}.id {step_id!r} is not a valid id.")
    return StepSpec(
        id=step_id,
        name=to_text(block.get("name")),
        condition=block.get("if"),
        env=_read_block(block.get("env"), f"{place}.env"),
        uses=to_text(block.get("uses")),
        inputs=_read_block(block.get("with"), f"{place}.with"),
        run=to_text(block.get("run")),
        shell=to_text(block.get("shell")),
        working_directory=to_text(block.get("working-directory")),
        continue_on_error=block.get("continue-on-error", False),
        timeout_minutes=block.get("timeout-minutes", math.inf),
    )


def _read_block(value: object, place: str, known: set[str] | None = None) -> Block:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WorkflowError(f"{place} is not a block of names and values.")
    if unknown := sorted(set(map(str, value)) - known if known else ()):
        raise WorkflowError(f"{place} holds {unknown[0]!r}, which the sandbox's runner does not know.")
    return cast("Block", {str(name): item for name, item in value.items()})


def _read_names(value: Value, place: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list):
        raise WorkflowError(f"{place} is neither a name nor a list of names.")
    return tuple(to_text(name) for name in names)


def _read_defaults(value: Value, place: str) -> Block:
    run = _read_block(value, place, {"run"}).get("run")
    return _read_block(run, f"{place}.run", {"shell", "working-directory"})


def _read_concurrency(value: Value, place: str) -> Concurrency | None:
    if value is None:
        return None
    block = {"group": value} if isinstance(value, str) else _read_block(value, place, {"group", "cancel-in-progress"})
    if not block.get("group"):
        raise WorkflowError(f"{place} has no group.")
    return Concurrency(group=to_text(block["group"]), cancel_in_progress=block.get("cancel-in-progress", False))


def _read_permissions(value: Value, place: str) -> Mapping[str, str] | None:
    if value is None:
        return None
    if value in ("read-all", "write-all"):
        return {_to_underscores(name): to_text(value).removesuffix("-all") for name in _PERMISSIONS}
    block = _read_block(value, place, _PERMISSIONS)
    levels = {_to_underscores(name): to_text(level) for name, level in block.items()}
    if wrong := [name for name, level in levels.items() if level not in _LEVELS]:
        raise WorkflowError(f"{place}.{wrong[0]} is {levels[wrong[0]]!r}, not read, write or none.")
    return levels


def _to_underscores(name: str) -> str:
    return name.replace("-", "_")
