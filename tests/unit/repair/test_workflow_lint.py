"""What `lint-workflow` finds, and what it leaves alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.repair.workflow_lint import as_json, as_lines, lint_text

ROOT = Path(__file__).resolve().parents[3]
PIN = "0123456789abcdef" * 2 + "01234567"
MODEL = f"""\
      - uses: openai/codex-action@{PIN}
        id: codex
        with:
          openai-api-key: ${{{{ secrets.OPENAI_API_KEY }}}}
          prompt-file: prompt.md
"""

STEPS = {
    "payload-in-run": '      - run: echo "${{ github.event.client_payload.title }}"',
    "payload-in-run by index": "      - run: echo ${{ github['event']['client_payload']['title'] }}",
    "payload-in-run by an input": '      - run: echo "${{ inputs.payload }}"',
    "payload-in-run by the event's input": '      - run: echo "${{ github.event.inputs.payload }}"',
    "payload-in-run out of an input": '      - run: echo "${{ fromJSON(inputs.payload).incident.summary }}"',
    "payload-in-run by either trigger": "      - run: echo ${{ github.event.client_payload.t || inputs.t }}",
    "payload-evaluated of an input": "      - env: {T: '${{ inputs.payload }}'}\n        run: eval \"$T\"",
    "payload-in-run by format": "      - run: echo ${{ format('{0}', github.event.client_payload.title) }}",
    "payload-in-run as a whole": "      - run: echo '${{ toJSON(github.event) }}'",
    "payload-in-run later": "      - run: |\n          true\n          echo ${{ github.head_ref }}",
    "payload-in-run by env": "      - run: echo ${{ env.T }}\n        env: {T: '${{ github.event.client_payload.t }}'}",
    "payload-in-script": "      - uses: actions/github-script@PIN\n"
    "        with: {script: 'core.info(`${{ github.event.client_payload.x }}`)'}",
    "payload-in-env-file": "      - env: {T: '${{ github.event.client_payload.t }}'}\n"
    '        run: echo "TITLE=$T" >> "$GITHUB_ENV"',
    "payload-in-output-file": "      - env: {T: '${{ github.event.client_payload.t }}'}\n"
    '        run: echo "title=$T" >> "$GITHUB_OUTPUT"',
    "payload-evaluated": "      - env: {T: '${{ github.event.client_payload.t }}'}\n        run: eval \"$T\"",
    "payload-in-checkout": "      - uses: actions/checkout@PIN\n"
    "        with: {ref: '${{ github.event.client_payload.ref }}', persist-credentials: false}",
    "secret-in-run": "      - run: tool --key ${{ secrets.KEY }}",
    "model-without-sandbox": "      - run: codex exec --dangerously-bypass-approvals-and-sandbox < prompt.md",
    "model-tool-unpinned": "      - run: npm install -g @openai/codex",
    "publish-without-draft": "      - run: gh pr create --title fix --body fix",
    "publish-without-draft by action": "      - uses: peter-evans/create-pull-request@PIN",
    "publish-without-draft by script": "      - uses: actions/github-script@PIN\n"
    "        with: {script: 'github.rest.pulls.create({owner, repo, head, base})'}",
    "auto-merge": "      - run: gh pr merge 7 --squash",
    "push-to-main": "      - run: git push origin HEAD:main",
    "unpinned-action": "      - uses: actions/setup-go@v5",
    "persisted-credentials": "      - uses: actions/checkout@PIN",
    "insecure-commands": "      - run: 'true'\n        env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: 'true'}",
    "download-piped-to-shell": "      - run: curl -s https://example.com/install.sh | bash",
    "spoofable-actor": "      - if: github.actor == 'dependabot[bot]'\n        run: 'true'",
    "check-ignored": "      - run: pytest || true",
    "workspace-uploaded": "      - uses: actions/upload-artifact@PIN\n        with: {path: .}",
    "artifact-without-digest": "      - uses: actions/download-artifact@PIN\n        with: {run-id: 7}",
    "all-secrets": "      - run: 'true'\n        env: {S: '${{ toJSON(secrets) }}'}",
}

AFTER_MODEL = {
    "payload-in-prompt": "          prompt: Fix ${{ github.event.client_payload.title }}",
    "model-without-sandbox": "          safety-strategy: unsafe",
    "model-open-to-anybody": '          allow-users: "*"',
    "model-with-network": '          codex-args: \'["-c", "sandbox_workspace_write.network_access=true"]\'',
    "model-answer-in-run": "      - run: echo ${{ steps.codex.outputs.final-message }}",
    "model-key-beside-untrusted-code": "      - run: pytest -q",
    "shared-cache": "      - uses: actions/cache@PIN",
}

WHOLE = {
    "no-permissions": ("permissions: {}\n", "\n"),
    "wide-permissions": ("permissions: {}\n", "permissions: write-all\n"),
    "no-timeout": ("    timeout-minutes: 5\n", ""),
    "self-hosted-runner": ("runs-on: ubuntu-latest", "runs-on: [self-hosted, linux]"),
    "any-dispatch": ("on: {repository_dispatch: {types: [mend]}}", "on: repository_dispatch"),
    "model-without-concurrency": ("concurrency: {group: mend}\n", ""),
    "model-key-for-all-steps": ("    steps:\n", "    env:\n      OPENAI_API_KEY: ${{ secrets.K }}\n    steps:\n"),
    "model-key-beside-write-token": ("    steps:\n", "    permissions: {contents: write}\n    steps:\n"),
}  # fmt: skip


def a_workflow(steps: str = "      - run: 'true'\n") -> str:
    """A workflow without a mistake, with these steps in its only job."""
    return f"""\
on: {{repository_dispatch: {{types: [mend]}}}}
permissions: {{}}
concurrency: {{group: mend}}
jobs:
  mend:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
{steps}"""


def names(text: str) -> set[str]:
    return {finding.rule.name for finding in lint_text(text, "x.yml")}


def test_a_good_workflow_has_no_finding() -> None:
    assert names(a_workflow()) == names(a_workflow(MODEL)) == set()


@pytest.mark.parametrize("case", STEPS)
def test_a_mistake_in_a_step_is_found_and_nothing_else(case: str) -> None:
    text = a_workflow(STEPS[case].replace("PIN", PIN) + "\n")

    assert names(text) == {case.partition(" ")[0]}


@pytest.mark.parametrize(
    "told",
    [
        "      - env: {T: '${{ inputs.payload }}'}\n        run: printf '%s' \"$T\" > payload.json",
        "      - if: inputs.phase == 'publish'\n        run: 'true'",
    ],
)
def test_an_input_as_data_has_no_finding(told: str) -> None:
    assert names(a_workflow(told + "\n").replace("on: {", "on: {workflow_dispatch: {}, ")) == set()


@pytest.mark.parametrize("case", AFTER_MODEL)
def test_a_mistake_beside_a_model_is_found_and_nothing_else(case: str) -> None:
    text = a_workflow(MODEL + AFTER_MODEL[case].replace("PIN", PIN) + "\n")

    assert names(text) == {case}


@pytest.mark.parametrize("case", WHOLE)
def test_a_mistake_of_the_whole_job_is_found_and_nothing_else(case: str) -> None:
    good = a_workflow(MODEL if case.startswith("model") else "      - run: 'true'\n")
    assert WHOLE[case][0] in good

    assert names(good.replace(*WHOLE[case])) == {case}


def test_code_of_a_stranger_beside_a_secret_trigger_is_found_with_its_line() -> None:
    text = a_workflow(
        f"""\
      - uses: actions/checkout@{PIN}
        with:
          persist-credentials: false
          ref: ${{{{ github.event.pull_request.head.sha }}}}
"""
    ).replace("repository_dispatch: {types: [mend]}", "pull_request_target: {}")

    assert [(found.line, found.rule.name) for found in lint_text(text, "x.yml")] == [(12, "stranger-code-checked-out")]


def test_a_comment_that_starts_a_writing_job_wants_a_check_of_its_author() -> None:
    text = (
        a_workflow()
        .replace("repository_dispatch: {types: [mend]}", "issue_comment: {types: [created]}")
        .replace(
            "    timeout-minutes: 5\n", "    timeout-minutes: 5\n    permissions: {issues: write, contents: write}\n"
        )
    )
    guarded = text.replace(
        "    steps:", "    if: contains('OWNER MEMBER', github.event.comment.author_association)\n    steps:"
    )

    assert names(text) == {"anybody-starts-it"}
    assert names(guarded) == set()


def test_a_line_inside_a_script_is_told_as_the_line_of_the_file() -> None:
    text = a_workflow(STEPS["payload-in-run later"] + "\n")

    assert [found.line for found in lint_text(text, "x.yml")] == [11]


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "a: &a [*a]", "x: " + "[" * 5000, "\t", "a: !!python/object/apply:os.system [id]"]
)
def test_what_is_no_workflow_is_said_and_breaks_nothing(text: str) -> None:
    assert names(text) <= {"unreadable"}


def test_an_endless_file_ends() -> None:
    layers = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))

    assert names(f"a0: &a0 [x]\n{layers}") == {"unreadable"}


def test_a_credential_in_a_file_is_found_and_not_repeated() -> None:
    secret = "gh" + "p_" + "a1B2c3D4e5" * 3 + "a1B2c3"
    findings = lint_text(a_workflow(f"      - run: tool\n        env: {{T: {secret}}}\n"), "x.yml")

    assert {found.rule.name for found in findings} == {"secret-in-file"}
    assert secret not in "\n".join(as_lines(findings)) + as_json(findings)


def test_our_own_workflows_have_no_finding() -> None:
    result = CliRunner().invoke(app, ["lint-workflow", str(ROOT)])

    assert result.exit_code == 0, result.output


def test_the_command_tells_line_reason_and_mend_and_its_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(a_workflow(STEPS["auto-merge"] + "\n"), encoding="utf-8")

    plain = CliRunner().invoke(app, ["lint-workflow", str(file)])
    machine = CliRunner().invoke(app, ["lint-workflow", "--json", str(tmp_path)])

    assert plain.exit_code == machine.exit_code == 1
    assert f"{file}:9: error: auto-merge: gh pr merge" in plain.output
    result = json.loads(machine.output)["runs"][0]["results"][0]
    assert (result["ruleId"], result["level"]) == ("auto-merge", "error")
    assert CliRunner().invoke(app, ["lint-workflow", str(tmp_path / "none.yml")]).exit_code == 2
