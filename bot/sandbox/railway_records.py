"""The local Railway's memory: its deployments, oldest first, in one file that a kill leaves whole."""

import json
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.sandbox.github_state import replace_file

Status = Literal["QUEUED", "BUILDING", "DEPLOYING", "SUCCESS", "FAILED", "CRASHED", "REMOVED", "SKIPPED"]
UNFINISHED: frozenset[Status] = frozenset({"QUEUED", "BUILDING", "DEPLOYING"})


class Deployment(BaseModel):
    """One deployment of one commit."""

    model_config = ConfigDict(frozen=True)

    id: str
    commit: str
    status: Status
    created_at: datetime
    why: str = ""
    """Why it failed, for people."""


class DeploymentBook:
    """All deployments of one directory."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "deployments.json"
        kept = json.loads(self._file.read_bytes()) if self._file.exists() else []
        self._all = {each["id"]: Deployment.model_validate(each) for each in kept}

    def all(self) -> list[Deployment]:
        """Oldest first."""
        return list(self._all.values())

    def get(self, deployment_id: str) -> Deployment | None:
        """The deployment of this id."""
        return self._all.get(deployment_id)

    def save(self, deployment: Deployment) -> Deployment:
        """Keep this version of it."""
        self._all[deployment.id] = deployment
        replace_file(self._file, json.dumps([each.model_dump(mode="json") for each in self.all()]).encode())
        return deployment
