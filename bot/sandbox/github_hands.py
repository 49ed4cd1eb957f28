"""What the sandbox's people do with a pull request on the local GitHub: approve it, mark it ready, merge it."""

from bot.sandbox.github_repository import GitFailedError
from bot.sandbox.github_server import GitHubServer

DEEDS = ("approve", "ready", "merge")


class CannotDo(Exception):
    """The local GitHub does not let it be done; the sentence says why."""


async def act_on_pull(github: GitHubServer, number: int, deed: str, who: str) -> str:
    """Do it as this person would on the web; what came of it, as a sentence. Raises CannotDo."""
    pull = next((each for each in github.pulls if each.number == number), None)
    if deed not in DEEDS or pull is None:
        raise CannotDo(f"There is no pull request {number}, or nobody can “{deed}” it: {', '.join(DEEDS)}.")
    if pull.state != "open":
        raise CannotDo(f"Pull request #{number} is {'merged' if pull.merged_at else 'closed'} already.")
    if deed == "approve":
        github.review_pull(number, who, "APPROVED")
        return f"{who} approved pull request #{number}."
    if deed == "ready":
        if not pull.draft:
            raise CannotDo(f"Pull request #{number} is no draft any more.")
        await github.mark_pull_ready(number)
        return f"{who} marked pull request #{number} ready; its checks begin."
    if pull.draft:
        raise CannotDo(f"Pull request #{number} is a draft: mark it ready first.")
    try:
        sha = await github.merge_pull(number)
    except GitFailedError as error:
        raise CannotDo(f"Pull request #{number} cannot be merged: {error}") from error
    return f"{who} merged pull request #{number} as {sha[:12]}."


async def obey_words(github: GitHubServer, words: str, who: str) -> str:
    """`merge` or `merge 2`: do it with the newest pull request, or with this one. Raises CannotDo."""
    deed, _, number = words.partition(" ")
    newest = max((pull.number for pull in github.pulls), default=0)
    return await act_on_pull(github, int(number) if number.isdecimal() else newest, deed, who)
