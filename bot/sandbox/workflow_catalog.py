"""Which published actions the sandbox's runner knows, by their names."""

from collections.abc import Mapping

from bot.sandbox.workflow_actions import (
    Action,
    ask_codex,
    create_app_token,
    restore_cache,
    set_up_node,
    set_up_python,
)
from bot.sandbox.workflow_artifacts import download_artifact, upload_artifact
from bot.sandbox.workflow_checkout import check_out
from bot.sandbox.workflow_values import WorkflowError

ACTIONS: Mapping[str, Action] = {
    "actions/cache": restore_cache,
    "actions/checkout": check_out,
    "actions/create-github-app-token": create_app_token,
    "actions/download-artifact": download_artifact,
    "actions/setup-node": set_up_node,
    "actions/setup-python": set_up_python,
    "actions/upload-artifact": upload_artifact,
    "openai/codex-action": ask_codex,
}


def find_action(uses: str) -> Action:
    """The stand-in for `owner/repo@version`, whatever the version; raises WorkflowError naming an unknown one."""
    name, _, version = uses.partition("@")
    if name.lower() not in ACTIONS or not version:
        known = ", ".join(sorted(ACTIONS))
        raise WorkflowError(
            f"Unable to resolve action {uses!r}: the sandbox's runner knows {known}, each with @version."
        )
    return ACTIONS[name.lower()]
