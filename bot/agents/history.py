"""The port that tells whether a build has a commit in it."""

from typing import TYPE_CHECKING, Protocol

from bot.agents.translation import in_our_words

if TYPE_CHECKING:
    from bot.apis.github import GitHub


class History(Protocol):
    """The history of the repository that is mended."""

    async def has_in_it(self, build: str, commit: str) -> bool:
        """Is this commit part of the build of that commit? Raises AgentRefused, AgentUnavailable, OutcomeUnknown."""
        ...


class GithubHistory:
    """As GitHub compares two commits."""

    def __init__(self, github: "GitHub") -> None:
        self._github = github

    async def has_in_it(self, build: str, commit: str) -> bool:
        """Is the commit behind the build, or the build itself?"""
        with in_our_words("GitHub", {403: "GITHUB_DISPATCH_TOKEN needs Contents: read to compare two commits."}):
            return await self._github.has_in_it(build, commit)


class NoHistory:
    """Where no repository is known: a build has only its own commit in it."""

    async def has_in_it(self, build: str, commit: str) -> bool:
        """Are they the same?"""
        return build == commit
