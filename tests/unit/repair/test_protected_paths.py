"""The gate before a patch is shown and published: judged by what git itself would do with the same bytes."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records.diff import read_diff
from bot.repair.git import GitFailed, git
from bot.repair.protected_paths import MAX_FILES, refusals
from tests.factories import a_diff, a_repository, diff_of, staged_diff

LINK = "x\n\\ No newline at end of file\n"


def new_file(name: str, mode: str = "100644", body: str = "a\n", quoted: bool = False) -> bytes:
    a, b = (f'"{side}/{name}"' if quoted else f"{side}/{name}" for side in "ab")
    return f"diff --git {a} {b}\nnew file mode {mode}\n--- /dev/null\n+++ {b}\n@@ -0,0 +1 @@\n+{body}".encode()


def moved(source: str, target: str, how: str = "rename") -> bytes:
    return (
        f"diff --git a/{source} b/{target}\nsimilarity index 100%\n{how} from {source}\n{how} to {target}\n"
    ).encode()


def gone(name: str, mode: str = "100644") -> bytes:
    return (
        f"diff --git a/{name} b/{name}\ndeleted file mode {mode}\n--- a/{name}\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    ).encode()


PROTECTED = {
    "a workflow": new_file(".github/workflows/ci.yml"),
    "a workflow, quoted with an octal escape": new_file(".git\\150ub/x", quoted=True),
    "a workflow, quoted with an octal slash": new_file(".github\\057x", quoted=True),
    "a workflow in capitals": new_file(".GitHub/x"),
    "a nested .gitattributes": new_file("bot/.gitattributes"),
    ".gitmodules": new_file(".gitmodules"),
    ".gitignore": new_file(".gitignore"),
    "another host's workflow": new_file(".gitlab-ci.yml"),
    "git's own directory": new_file(".git/hooks/pre-commit"),
    "a rename into workflows": moved("x", ".github/x"),
    "a rename out of workflows": moved(".github/x", "x"),
    "a copy into workflows": moved("x", ".github/x", "copy"),
    "a quoted rename": moved("x", ".git\\150ub/x")
    .replace(b"b/.git\\150ub/x", b'"b/.git\\150ub/x"')
    .replace(b"to .git\\150ub/x", b'to ".git\\150ub/x"'),
    "an old-style rename": b"diff --git a/x b/x\nsimilarity index 100%\nrename old x\nrename new .github/w\n",
    "a workflow's deletion": gone(".github/x"),
    "an empty workflow": b"diff --git a/.github/x b/.github/x\nnew file mode 100644\nindex 0000000..e69de29\n",
    "a second name in +++": b"diff --git a/x b/y\nnew file mode 100644\n+++ b/.github/e\n@@ -0,0 +1 @@\n+a\n",
    "another name in +++": b"diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/.github/e\n@@ -1 +1 @@\n-a\n+b\n",
    "a second file after a hunk": a_diff() + b"--- /dev/null\n+++ b/.github/e\n@@ -0,0 +1 @@\n+a\n",
    "a file in the mail's text": b"--- /dev/null\n+++ b/.github/e\n@@ -0,0 +1 @@\n+a\n" + a_diff(),
    "a traditional diff": b"--- /dev/null\t2020-01-01\n+++ b/.github/x\t2020-01-01\n@@ -0,0 +1 @@\n+a\n",
    "a symbolic link": new_file("link", "120000", LINK),
    "a symbolic link with a space behind its mode": new_file("link", "120000 ", LINK),
    "a symbolic link with a carriage return": new_file("link", "120000\r", LINK),
    "a symbolic link in other octal digits": new_file("link", "0120000", LINK),
    "a symbolic link's new target": b"diff --git a/l b/l\nindex 1111111..2222222 120000\n--- a/l\n+++ b/l\n"
    b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
    "a symbolic link's deletion": gone("l", "120000"),
    "a submodule": new_file("sub", "160000", f"Subproject commit {'a' * 40}\n"),
    "a file's mode": b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
    "a mode of its own": new_file("x", "104755"),
    "a binary file": b"diff --git a/x.png b/x.png\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\n"
    b"literal 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n",
    "a binary file that is only named": b"diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n",
    "the folder above": new_file("../x"),
    "the folder above, further in": new_file("bot/../../x"),
    "the folder above, quoted": new_file("bot/.\\056/x", quoted=True),
    "an absolute path": new_file("/etc/passwd"),
    "a lock file": new_file("requirements.lock"),
    "a deployment file": new_file("Procfile"),
    "what CI runs": new_file(".ci/run"),
    "a workflow with a full-width letter": new_file(".g\uff49thub/x"),
    "a workflow with a Cyrillic letter": new_file(".g\u0456thub/x"),
    "a workflow with an unseen joiner": new_file(".git\u200dhub/x"),
    "a workflow with a dot at its end": new_file(".github./x"),
    "a workflow with a space at its end": new_file(".github /x"),
    "a workflow by a stream's name": new_file(".git::$INDEX_ALLOCATION/config"),
    "git's own folder by its short name": new_file("GIT~1/config"),
    "a workflow behind backslashes": new_file(".github\\\\workflows\\\\x", quoted=True),
    "the folder above behind backslashes": new_file("..\\\\x", quoted=True),
    "a drive of Windows": new_file("C:/x"),
    "a name that reads backwards": new_file("bot/\u202ey.py"),
    "a nested lock file": new_file("web/package-lock.json"),
    "a lock file in capitals": new_file("Poetry.LOCK"),
    "a nested Dockerfile with an ending": new_file("deploy/Dockerfile.prod"),
    "a compose file": new_file("docker-compose.override.yml"),
    "another CI": new_file(".circleci/config.yml"),
    "the environment's secrets": new_file(".env.production"),
    "a rename of a lock file": moved("uv.lock", "notes.txt"),
    "a copy of a secret": moved(".env", "docs/env.txt", "copy"),
    "too many files": b"".join(a_diff(f"f{number}.py") for number in range(MAX_FILES + 1)),
    "too much": new_file("big.txt", body="a" * 256 * 1024 + "\n"),
    "a hunk that ends early": a_diff().rsplit(b"\n", 2)[0] + b"\n",
    "a hunk that goes on": a_diff() + b"+more\n",
    "a hunk with a line of another kind": a_diff().replace(b"\n-", b"\nx"),
    "no file at all": b"hello\n",
}
ORDINARY = {
    "one line": a_diff(),
    "a new file": new_file("bot/cogs/weather.py"),
    "a new script": new_file("tools/run.sh", "100755"),
    "a name with spaces": new_file("docs/read me.md"),
    "a name in another alphabet": new_file("docs/\\303\\244.md", quoted=True),
    "lines that mention workflows": a_diff(old="see .github/workflows", new="--- a/.github/workflows/ci.yml"),
    "a removed comment that looks like a header": a_diff(old="-- a/.github/x", new="++ b/.github/x"),
    "lines with .. and modes": a_diff(old="../../etc/passwd", new="new file mode 120000"),
    "as many files as may be": b"".join(a_diff(f"f{number}.py") for number in range(MAX_FILES)),
    "a move": moved("bot/x.py", "bot/y z.py"),
    "a deletion": gone("bot/x.py"),
    "a deleted script": gone("tools/run.sh", "100755"),
    "a file that talks about github": new_file("docs/github.md"),
    "a module named gitlog": new_file("bot/gitlog.py"),
    "an example of the environment": new_file(".env.example"),
    "a module about docking": new_file("bot/dockerfiles.py"),
    "a folder of another alphabet": new_file("docs/\u0447\u0442\u043e/\u0433\u0438\u0442.md"),
}


@pytest.mark.parametrize("what", PROTECTED)
def test_a_patch_may_not_touch(what: str) -> None:
    found = refusals(PROTECTED[what])

    assert found
    assert all(sentence.startswith("The patch ") and sentence.endswith(".") for sentence in found)


@pytest.mark.parametrize("what", ORDINARY)
def test_an_ordinary_patch_passes(what: str) -> None:
    assert refusals(ORDINARY[what]) == []


def test_several_reasons_are_all_told() -> None:
    found = refusals(new_file(".github/x") + new_file("l", "120000", LINK))

    assert len(found) == 2
    assert "GitHub's own files" in found[0]
    assert "symbolic link" in found[1]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"x": "a\n", "bot/y.py": "one\ntwo\nthree\nfour\n", "bot/ä b.py": "z\n", ".github/w.yml": "w\n"}
    return a_repository(tmp_path_factory.mktemp("gate") / "repo", files)


def touched_by_git(repo: Path, diff: bytes) -> set[str]:
    """What git would touch, by its own reading; nothing when it does not take the diff."""
    try:
        told = git(repo, "apply", "--numstat", "-z", "--index", "-", stdin=diff)
    except GitFailed:
        return set()
    fields = (entry.split("\t", 2)[-1] for entry in told.split("\0"))
    return {name for name in fields if name}


CHANGES: dict[str, dict[str, str | None]] = {
    "an edit": {"bot/y.py": "one\n2\nthree\nfour\n"},
    "an edit without a last newline": {"bot/y.py": "one\ntwo\nthree\nfour"},
    "a new file, empty": {"bot/__init__.py": ""},
    "a new file with spaces and quotes": {'bot/a "b" c.py': "q\n"},
    "a name in another alphabet": {"bot/ä b.py": "zz\n"},
    "a deletion": {"x": None},
    "a move": {"x": None, "moved/x": "a\n"},
    "an edit and a move": {"bot/y.py": None, "bot/z.py": "one\ntwo\nthree\n4\n"},
    "content that looks like headers": {"x": "-- a/.github/x\n++ b/.github/x\ndiff --git a/x b/x\n@@ -1 +1 @@\n"},
    "emptied lines": {"x": "\n\n \n"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_git_writes_is_read_with_the_names_git_reads(repo: Path, what: str) -> None:
    diff = diff_of(repo, CHANGES[what])

    assert refusals(diff) == []
    assert {file.name for file in read_diff(diff)} == touched_by_git(repo, diff) - {"x" if "move" in what else ""}


def test_what_git_writes_of_a_link_a_mode_and_a_binary_file_is_refused(repo: Path) -> None:
    (repo / "link").symlink_to("bot")
    linked = staged_diff(repo)
    (repo / "x").chmod(0o755)
    changed_mode = staged_diff(repo)
    (repo / "x").write_bytes(bytes(range(256)))
    binary = staged_diff(repo)

    assert "symbolic link" in refusals(linked)[0]
    assert "mode" in refusals(changed_mode)[0]
    assert "binary" in refusals(binary)[0]
    assert not os.path.lexists(repo / "link")


PIECES = [
    b"diff --git a/x b/x",
    b"diff --git a/x b/.github/v",
    b'diff --git "a/x" "b/.git\\150ub/v"',
    b"new file mode 100644",
    b"new file mode 120000",
    b"deleted file mode 100644",
    b"similarity index 100%",
    b"rename from x",
    b"rename to .github/v",
    b"rename new .github/v",
    b"copy from x",
    b'copy to ".git\\150ub/v"',
    b"index 7898192..7898192 100644",
    b"--- a/x",
    b"--- /dev/null",
    b"+++ b/x",
    b"+++ b/.github/v",
    b'+++ "b/.git\\150ub/v"',
    b"+++ b/.github/v\t2020",
    b"@@ -1 +1 @@",
    b"@@ -0,0 +1 @@",
    b"@@ -1,0 +2 @@",
    b"-a",
    b"+b",
    b" a",
    b"",
    b"garbage",
    b"\\ No newline at end of file",
]


@given(st.sampled_from(PIECES[:3]), st.lists(st.sampled_from(PIECES), min_size=1, max_size=7))
@settings(max_examples=250, deadline=None)
def test_whatever_git_would_take_into_a_protected_path_is_refused(repo: Path, first: bytes, rest: list[bytes]) -> None:
    diff = b"\n".join([first, *rest]) + b"\n"

    touched = touched_by_git(repo, diff)

    if any(".github" in name for name in touched):
        assert refusals(diff)
    elif not refusals(diff) and touched:
        assert touched <= {name for file in read_diff(diff) for name in file.seen}


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PIECES)).map(b"\n".join))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_either_read_or_refused(data: bytes) -> None:
    refused = refusals(data)

    if not refused:
        assert all(file.name and file.name in file.seen for file in read_diff(data))
    assert all(sentence.startswith("The patch ") for sentence in refused)
