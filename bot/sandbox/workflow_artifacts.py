"""actions/upload-artifact and actions/download-artifact over the sandbox GitHub's own artifacts."""

import hashlib
import io
import os
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

from bot.sandbox.github_records import ArtifactRecord
from bot.sandbox.workflow_actions import ActionCall, StepFailedError

_FORBIDDEN = frozenset('":<>|*?\\/\r\n')
_MAX_DAYS = 90


async def upload_artifact(call: ActionCall) -> None:
    """Zip the files that the paths find; outputs `artifact-id`, `artifact-digest` and `artifact-url`."""
    call.refuse_inputs("archive")
    name, retention = call.read("name", "artifact"), call.read("retention-days", "0")
    if bad := sorted(_FORBIDDEN & set(name)):
        raise StepFailedError(f"The artifact name {name!r} holds {bad[0]!r}, which is not allowed.")
    if not retention.isdigit() or int(retention) > _MAX_DAYS:
        raise StepFailedError(f"The input retention-days is {retention!r}, not a number from 0 to {_MAX_DAYS}.")
    files = find_files(
        call.workspace, call.inputs.get("path", ""), hidden=call.is_on("include-hidden-files", default=False)
    )
    if not files:
        _miss_files(call)
        return
    _make_room(call, name)
    now = call.site.clock()
    artifact = ArtifactRecord(
        id=call.site.state.next_artifact_id(),
        name=name,
        run_id=call.run_id,
        run_attempt=call.run_attempt,
        size=0,
        digest="",
        created_at=now,
        expires_at=now + timedelta(days=int(retention) or _MAX_DAYS),
    )
    kept = call.site.state.save_artifact(artifact, _zip(files))
    call.log.say(f"Artifact {name} ({kept.size} bytes, {len(files)} files) has the sha256 {kept.digest}.")
    call.outputs["artifact-id"] = str(kept.id)
    call.outputs["artifact-digest"] = kept.digest
    call.outputs["artifact-url"] = f"{call.site.repo_url}/actions/runs/{call.run_id}/artifacts/{kept.id}"


def find_files(workspace: Path, patterns: str, *, hidden: bool) -> dict[str, Path]:
    """Name inside the artifact → file; names count from the deepest folder that holds all, as the real action does."""
    found: set[Path] = set()
    roots: list[Path] = []
    for pattern in filter(None, (line.strip() for line in patterns.splitlines())):
        if pattern.startswith("!"):
            found -= set(_expand(workspace, pattern[1:]))
            continue
        expanded = _expand(workspace, pattern)
        roots.append(_find_root(workspace, pattern))
        found |= {path for path in expanded if hidden or not _is_hidden(path, roots[-1])}
    if not found:
        return {}
    if len(roots) == 1 and len(found) == 1 and roots[0].is_file():
        return {roots[0].name: roots[0]}
    base = Path(os.path.commonpath([root.parent if root.is_file() else root for root in roots]))
    return {path.relative_to(base).as_posix(): path for path in sorted(found)}


def _find_root(workspace: Path, pattern: str) -> Path:
    plain, _ = _split_glob(pattern)
    return Path(os.path.normpath(workspace.joinpath(*plain)))


def _expand(workspace: Path, pattern: str) -> list[Path]:
    root, (_, rest) = _find_root(workspace, pattern), _split_glob(pattern)
    hits = list(root.glob("/".join(rest))) if rest else [root]
    files = [path for hit in hits for path in ([hit] if hit.is_file() else hit.rglob("*"))]
    return [path for path in files if path.is_file()]


def _split_glob(pattern: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = Path(pattern).parts
    first = next((index for index, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    return parts[:first], parts[first:]


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in (root.name, *path.relative_to(root).parts))


def _miss_files(call: ActionCall) -> None:
    message = f"No files were found with the provided path: {call.inputs.get('path', '').strip()}."
    verdict = call.read("if-no-files-found", "warn")
    if verdict == "error":
        raise StepFailedError(message)
    if verdict not in {"warn", "ignore"}:
        raise StepFailedError(f"The input if-no-files-found is {verdict!r}, not warn, error or ignore.")
    if verdict == "warn":
        call.log.note("warning", f"{message} No artifacts will be uploaded.")


def _make_room(call: ActionCall, name: str) -> None:
    for artifact in call.site.state.artifacts_of(call.run_id):
        if artifact.name == name and artifact.run_attempt == call.run_attempt:
            if not call.is_on("overwrite", default=False):
                raise StepFailedError(f"An artifact named {name!r} already exists on this run (409); set overwrite.")
            call.site.state.delete_artifact(artifact.id)


def _zip(files: dict[str, Path]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return content.getvalue()


async def download_artifact(call: ActionCall) -> None:
    """Unpack one artifact, or each of a run's into a folder of its name; output `download-path`."""
    call.refuse_inputs("pattern", "artifact-ids", "merge-multiple")
    run_id = _choose_run(call)
    target, name = call.find_path(call.read("path", ".")), call.read("name")
    newest = {artifact.name: artifact for artifact in reversed(call.site.state.artifacts_of(run_id))}
    if name and name not in newest:
        raise StepFailedError(f"Unable to download artifact(s): Artifact not found for name: {name}")
    for artifact in [newest[name]] if name else newest.values():
        _unpack(call, artifact, target if name else target / artifact.name)
    call.outputs["download-path"] = str(target)


def _choose_run(call: ActionCall) -> int:
    token = call.read("github-token")
    run = call.read("run-id", str(call.run_id))
    if call.read("repository", call.site.repo).lower() != call.site.repo.lower():
        raise StepFailedError(f"The sandbox holds {call.site.repo} alone; leave the input repository out.")
    if not run.isdigit() or int(run) not in call.site.state.runs:
        raise StepFailedError(f"There is no run {run!r}.")
    # Without a token the real action looks at its own run, whatever run-id says.
    if not token:
        return call.run_id
    grant = call.site.tokens.find(f"Bearer {token}")
    if grant is None:
        raise StepFailedError("Bad credentials: the input github-token is not valid (any more).")
    if not grant.may("actions", "read"):
        raise StepFailedError("Resource not accessible by integration: the token needs actions: read.")
    return int(run)


def _unpack(call: ActionCall, artifact: ArtifactRecord, target: Path) -> None:
    if call.site.clock() >= artifact.expires_at:
        raise StepFailedError(f"The artifact {artifact.name!r} has expired (410).")
    content = call.site.state.zip_path(artifact.id).read_bytes()
    if hashlib.sha256(content).hexdigest() != artifact.digest:
        raise StepFailedError(f"The digest of the artifact {artifact.name!r} is not the one recorded at its upload.")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if not stat.S_ISLNK(member.external_attr >> 16):
                archive.extract(member, target)
    call.log.say(f"Artifact {artifact.name} of run {artifact.run_id} is unpacked in {target}.")
