"""GitHub: the token and what it may, the repository, the workflow that is dispatched, and what guards the branch."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import yaml

from bot.agents.github_request import INPUTS
from bot.apis.http import Http
from bot.doctor.findings import Finding, unknown, warning, well, wrong
from bot.doctor.looking import Seen, look
from bot.doctor.patient import Patient

SOON = timedelta(days=14)
CLASSIC, FINE = ("ghp_", "gho_"), "github_pat_"
MODEL_SECRET = "OPENAI_API_KEY"  # noqa: S105 - the name of a secret, not one
TOKENS = "GitHub, Settings, Developer settings, Fine-grained tokens"


async def check_github(http: Http, patient: Patient) -> list[Finding]:
    """All of it. Raises Unreachable."""
    if not patient.github_token or not patient.repository:
        if patient.chosen_agent != "github":
            return [well("github-token", f"GitHub is not needed: the agent is {patient.chosen_agent}.")]
        lacking = "GITHUB_DISPATCH_TOKEN" if not patient.github_token else "GITHUB_REPO"
        sentence = f"{lacking} is not set: issues are only staged, never sent."
        return [wrong("github-token", sentence, f"set it: {needed(patient)}")]
    root = f"/repos/{patient.repository}"
    repository = await look(http, root)
    if refusal := refused(repository, patient):
        return [refusal]
    found = [*check_token(patient.github_token, patient, repository), *check_repository(repository)]
    if patient.chosen_agent == "github":  # another agent needs no workflow
        found += await check_workflow(http, root, patient)
        found += await check_actions(http, root)
    branch = repository.text("default_branch") or "main"
    return [*found, *await check_branch(http, root, branch)]


def refused(repository: Seen, patient: Patient) -> Finding | None:
    """Why nothing can be seen at all."""
    if repository.status == 401:
        return wrong(
            "github-token",
            "GitHub does not accept GITHUB_DISPATCH_TOKEN (401): it expired or was revoked.",
            f"make a new one: {needed(patient)}",
        )
    if repository.status == 403:
        return wrong(
            "github-token",
            f"GitHub refuses GITHUB_DISPATCH_TOKEN (403): {repository.message}",
            "the organisation may have to approve the token, or allow it by SSO",
        )
    if repository.status == 404:
        sentence = f"There is no {patient.repository}, or the token may not see it (404)."
        return wrong("github-repository", sentence, "correct GITHUB_REPO, or add the repository to the token's list")
    if not repository.is_there:
        return unknown("github-repository", f"GitHub answered {repository.status}.")
    return None


def needed(patient: Patient) -> str:
    """Where a token is made, and what it must be given."""
    pulls = "write" if patient.chosen_agent == "local" else "read"
    actions = "write" if patient.trigger == "workflow_dispatch" else "read"
    return f"{TOKENS}: Contents write, Actions {actions}, Pull requests {pulls}"


def check_token(token: str, patient: Patient, repository: Seen) -> list[Finding]:
    """Its kind, what it may, and when it ends."""
    found = []
    if token.startswith(CLASSIC):
        scopes = {scope.strip() for scope in repository.headers.get("x-oauth-scopes", "").split(",")}
        sentence = "GITHUB_DISPATCH_TOKEN is a classic token, which reaches every repository of its owner."
        found.append(warning("github-token-kind", sentence, f"better: {needed(patient)}"))
        if "repo" not in scopes:
            found.append(
                wrong(
                    "github-token-scope",
                    "The classic token lacks the scope `repo`.",
                    "add it, or make a fine-grained token",
                )
            )
    permissions = repository.json.get("permissions") if isinstance(repository.json, dict) else None
    if isinstance(permissions, dict) and permissions.get("push") is False:
        sentence = "The token may not dispatch: it lacks Contents write."
        found.append(
            wrong("github-dispatch", sentence, "edit the token: Repository permissions, Contents: Read and write")
        )
    elif isinstance(permissions, dict) and patient.trigger == "workflow_dispatch" and token.startswith(FINE):
        sentence = "Whether the token may start the workflow (Actions write) cannot be told by reading."
        found.append(unknown("github-dispatch", sentence, "/debug_status tries it with a start that can begin nothing"))
    elif isinstance(permissions, dict):
        found.append(well("github-dispatch", "The token may dispatch the workflow."))
    if isinstance(permissions, dict) and permissions.get("admin"):
        sentence = "The token belongs to an administrator's rights on the repository."
        found.append(warning("github-admin", sentence, "a member with write access is enough"))
    return [*found, *check_end(repository.headers.get("github-authentication-token-expiration", ""))]


def check_end(told: str) -> list[Finding]:
    """When the token ends, if GitHub says: `2026-12-24 10:00:00 UTC` or with an offset."""
    try:
        end = datetime.strptime(told.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return []
    left = end - datetime.now(UTC)
    if left > SOON:
        return []
    sentence = f"GITHUB_DISPATCH_TOKEN ends in {max(left.days, 0)} days."
    return [warning("github-token-end", sentence, "make a new one in time")]


def check_repository(repository: Seen) -> list[Finding]:
    """The repository itself."""
    if repository.flag("archived"):
        return [
            wrong(
                "github-repository",
                "The repository is archived: nothing can be pushed.",
                "unarchive it, or set another GITHUB_REPO",
            )
        ]
    if repository.flag("disabled"):
        return [wrong("github-repository", "GitHub disabled the repository.", "ask GitHub's support")]
    return [well("github-repository", f"{repository.text('full_name') or 'The repository'} is there.")]


async def check_workflow(http: Http, root: str, patient: Patient) -> list[Finding]:
    """The workflow file on the default branch, and whether a dispatch would start it. Raises Unreachable."""
    path = f".github/workflows/{patient.workflow}"
    file = await look(http, f"{root}/contents/{path}")
    if file.status == 404:
        remedy = "copy it from Suture's repository and push it to the default branch: only that one's workflows run"
        return [wrong("github-workflow", f"{path} is not on the default branch.", remedy)]
    if not file.is_there:
        return [unknown("github-workflow", f"{path} cannot be read ({file.status}).", "the token needs Contents read")]
    found = check_triggers(content_of(file), patient)
    state = (await look(http, f"{root}/actions/workflows/{patient.workflow}")).text("state")
    if state.startswith("disabled"):
        remedy = f"Actions, {patient.workflow}, Enable workflow"
        found.append(wrong("github-workflow-off", f"{patient.workflow} is switched off ({state}).", remedy))
    return found


def content_of(file: Seen) -> str:
    """The text of a file that came in base64."""
    try:
        return base64.b64decode(file.text("content")).decode("utf-8", "replace")
    except ValueError:
        return ""


def check_triggers(text: str, patient: Patient) -> list[Finding]:
    """Does the workflow listen to what the bot sends?"""
    try:
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:
        workflow = None
    if not isinstance(workflow, dict):
        return [
            wrong("github-workflow", f"{patient.workflow} is not a workflow: its YAML cannot be read.", "copy it again")
        ]
    events = workflow.get("on", workflow.get(True))  # YAML 1.1 reads the key `on` as true
    named = {events: None} if isinstance(events, str) else dict.fromkeys(events) if isinstance(events, list) else events
    if not isinstance(named, dict) or patient.trigger not in named:
        return [deaf(patient, f"does not listen to {patient.trigger}")]
    given = named[patient.trigger]
    told: dict[str, object] = given if isinstance(given, dict) else {}
    refusal = check_inputs(told, patient) if patient.trigger == "workflow_dispatch" else check_types(told, patient)
    if refusal:
        return [refusal]
    heard = patient.event_type if patient.trigger == "repository_dispatch" else patient.trigger
    found = [well("github-workflow", f"{patient.workflow} listens to {heard}.")]
    if "suture" not in str(workflow.get("run-name", "")):
        sentence = f"{patient.workflow} has no run-name by which the bot finds its run."
        found.append(wrong("github-run-name", sentence, "copy the workflow's run-name from Suture's repository"))
    return found


def deaf(patient: Patient, why: str) -> Finding:
    """The workflow does not hear the bot."""
    remedy = f"on.repository_dispatch.types: [{patient.event_type}]"
    if patient.trigger == "workflow_dispatch":
        remedy = "Suture's own on.workflow_dispatch, or set AUTOFIX_TRIGGER=repository_dispatch"
    return wrong("github-workflow-event", f"{patient.workflow} {why}.", f"add {remedy}")


def check_types(told: Mapping[str, object], patient: Patient) -> Finding | None:
    """Is the bot's event type among those that the workflow wants?"""
    types = told.get("types")
    wanted = types if isinstance(types, list) else [types] if types else []
    if not wanted or patient.event_type in wanted:
        return None
    sentence = f"{patient.workflow} listens to {', '.join(map(str, wanted))}, and the bot sends {patient.event_type}."
    return wrong("github-workflow-event", sentence, "make GITHUB_DISPATCH_EVENT and `types` the same")


def check_inputs(told: Mapping[str, object], patient: Patient) -> Finding | None:
    """Does the workflow take the inputs that the bot fills in, and need no other?"""
    inputs = told.get("inputs")
    known = inputs if isinstance(inputs, dict) else {}
    needed = {name for name, spec in known.items() if isinstance(spec, dict) and spec.get("required") is True}
    if lacking := INPUTS - set(known):
        return deaf(patient, f"takes no input {', '.join(sorted(lacking))}")
    if foreign := needed - INPUTS:
        return deaf(patient, f"needs an input that the bot does not know: {', '.join(sorted(map(str, foreign)))}")
    return None


async def check_actions(http: Http, root: str) -> list[Finding]:
    """Actions as such, what their token may, and the model's secret. Raises Unreachable."""
    found = []
    actions = await look(http, f"{root}/actions/permissions")
    if actions.flag("enabled") is False:
        found.append(
            wrong(
                "github-actions", "GitHub Actions are off in this repository.", "Settings, Actions, General: allow them"
            )
        )
    rights = await look(http, f"{root}/actions/permissions/workflow")
    if rights.flag("can_approve_pull_request_reviews") is False:
        sentence = "GitHub Actions may not create pull requests: publishing would end with 403."
        remedy = "Settings, Actions, General: Allow GitHub Actions to create and approve pull requests"
        found.append(wrong("github-actions-pulls", sentence, remedy))
    if rights.text("default_workflow_permissions") == "write":
        sentence = "Workflows get a token that may write unless they say otherwise."
        found.append(warning("github-actions-token", sentence, "Settings, Actions, General: Read repository contents"))
    if not rights.is_there:
        sentence = "Whether Actions may open pull requests cannot be told: the token lacks Administration read."
        found.append(unknown("github-actions-pulls", sentence))
    secrets = await look(http, f"{root}/actions/secrets")
    names = {str(row.get("name")) for row in secrets.rows("secrets")}
    if not secrets.is_there:
        found.append(
            unknown(
                "github-model-secret",
                f"Whether the secret {MODEL_SECRET} is there cannot be told: the token lacks Secrets read.",
            )
        )
    elif MODEL_SECRET not in names:
        of_environment = await look(http, f"{root}/environments/autofix/secrets")
        if MODEL_SECRET not in {str(row.get("name")) for row in of_environment.rows("secrets")}:
            sentence = f"The repository has no secret {MODEL_SECRET}: the workflow cannot ask the model."
            found.append(wrong("github-model-secret", sentence, "Settings, Secrets and variables, Actions: add it"))
    return found


async def check_branch(http: Http, root: str, branch: str) -> list[Finding]:
    """Whether the default branch is guarded: the dispatching token could push to it. Raises Unreachable."""
    seen = await look(http, f"{root}/branches/{branch}")
    if not seen.is_there:
        return [unknown("github-branch", f"The branch {branch} cannot be read ({seen.status}).")]
    rules = await look(http, f"{root}/rules/branches/{branch}")
    if seen.flag("protected") or rules.rows():
        return [well("github-branch", f"{branch} is protected.")]
    sentence = f"{branch} is not protected, and the dispatching token may write: it could push there."
    return [warning("github-branch", sentence, "Settings, Branches: require a pull request and a review")]
