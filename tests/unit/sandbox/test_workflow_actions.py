"""The published actions do here what the workflow counts on."""

import io
import zipfile

import pytest

from bot.sandbox.workflow_actions import CodexAnswer, StepFailedError


def workflow(steps, permissions="{contents: read}"):
    return f"""
name: Actions
on: {{repository_dispatch: {{types: [go]}}}}
permissions: {permissions}
jobs:
  one:
    runs-on: x
    steps:
{steps}
"""


async def fail_with(lab, **payload):
    run = await lab.run(**payload)
    assert run.conclusion == "failure", lab.server.read_log(run.id)
    return run.jobs[0].annotations[0].message


async def test_checkout_is_a_real_clone_of_the_dispatched_commit(start_github):
    lab = await start_github(
        workflow=workflow("""
      - {id: out, uses: actions/checkout@v4}
      - run: |
          test "$(git rev-parse HEAD)" = "$GITHUB_SHA" && test "${{ steps.out.outputs.commit }}" = "$GITHUB_SHA"
          test "$(git rev-list --count HEAD)" = 1 && test "$(git branch --show-current)" = main
          git fetch --quiet origin && echo fetched with the kept credentials
      - uses: actions/checkout@v4
        with: {path: inside, persist-credentials: false, fetch-depth: 0}
      - run: |
          cd inside && test "$(git rev-list --count HEAD)" = 2 && test -f app.py
          if git fetch --quiet origin; then exit 1; fi
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.client_payload.old }}"}
      - run: |
          test "$(git rev-parse HEAD)" = "${{ github.event.client_payload.old }}"
          test ! -e new.py && test ! -e inside
""")
    )
    old = await lab.server.find_default_commit()
    tree = lab.server.directory.parent / "github-tree"
    (tree / "new.py").write_text("new = 1\n")
    await lab.server.import_tree(tree, "Second")

    run = await lab.run(old=old)

    assert run.conclusion == "success", lab.server.read_log(run.id)


@pytest.mark.parametrize(
    ("step", "permissions", "words"),
    [
        ("{uses: actions/checkout@v4}", "{}", "403"),
        ("{uses: actions/checkout@v4, with: {ref: none}}", "{contents: read}", "git fetch ended with"),
        ("{uses: actions/checkout@v4, with: {path: ../out}}", "{contents: read}", "outside of the workspace"),
        ("{uses: actions/checkout@v4, with: {submodules: true}}", "{contents: read}", "submodules"),
        ("{uses: actions/checkout@v4, with: {persist-credentials: maybe}}", "{contents: read}", "'maybe'"),
        ("{uses: actions/create-github-app-token@v3}", "{}", "not available here"),
        (
            "{uses: openai/codex-action@v1, with: {prompt: x, openai-api-key: '${{ secrets.NONE }}'}}",
            "{}",
            "no openai-api",
        ),
        ("{uses: openai/codex-action@v1, with: {openai-api-key: k}}", "{}", "prompt or prompt-file"),
        ("{uses: openai/codex-action@v1, with: {openai-api-key: k, prompt-file: no.md}}", "{}", "'no.md'"),
        ("{uses: openai/codex-action@v1, with: {openai-api-key: k, prompt: x, output-schema: '['}}", "{}", "not JSON"),
        ("{uses: openai/codex-action@v1, with: {openai-api-key: k, prompt: x, working-directory: a}}", "{}", "'a'"),
        (
            "{uses: actions/upload-artifact@v4, with: {path: none, if-no-files-found: error}}",
            "{}",
            "No files were found",
        ),
        ("{uses: actions/upload-artifact@v4, with: {path: none, name: a/b}}", "{}", "'/'"),
        ("{uses: actions/upload-artifact@v4, with: {path: none, retention-days: 400}}", "{}", "'400'"),
        ("{uses: actions/download-artifact@v4, with: {name: none}}", "{}", "not found for name: none"),
        ("{uses: actions/download-artifact@v4, with: {run-id: 9, github-token: t}}", "{}", "'9'"),
        ("{uses: actions/download-artifact@v4, with: {run-id: 1, github-token: t}}", "{}", "Bad credentials"),
        (
            "{uses: actions/download-artifact@v4, with: {run-id: 1, github-token: '${{ github.token }}'}}",
            "{}",
            "actions: read",
        ),
    ],
)
async def test_an_action_that_cannot_do_its_work_fails_with_a_sentence(start_github, step, permissions, words):
    lab = await start_github(workflow=workflow(f"      - {step}\n", permissions))

    assert words in await fail_with(lab)


async def test_setting_up_and_caching_are_left_to_the_environment_at_hand(start_github):
    lab = await start_github(
        workflow=workflow("""
      - {id: py, uses: actions/setup-python@v5, with: {python-version: "3.12"}}
      - {uses: actions/setup-node@v4, with: {node-version: 22}}
      - {uses: actions/cache@v4, with: {path: x, key: "pip-${{ hashFiles('**/*.lock') }}"}}
      - run: ${{ steps.py.outputs.python-path }} -c 'print("ran")'
""")
    )

    run = await lab.run()

    log = lab.server.read_log(run.id)
    assert run.conclusion == "success", log
    assert log.count("the environment at hand serves") == 3
    assert "\nran\n" in log


async def test_codex_is_asked_with_prompt_schema_and_folder_and_its_answer_is_kept(start_github):
    asked = []

    async def stand_in(request):
        asked.append(request)
        (request.working_directory / "app.py").write_text("answer = 42\n")
        return CodexAnswer(final_message='{"fixed": true}', log="thinking\n::warning::hard one")

    lab = await start_github(
        workflow=workflow("""
      - uses: actions/checkout@v4
      - run: |
          mkdir -p "$RUNNER_TEMP/out"; echo "the prompt" > "$RUNNER_TEMP/out/prompt.md"
          echo '{"type": "object"}' > "$RUNNER_TEMP/out/schema.json"
      - id: codex
        uses: openai/codex-action@v1
        with:
          openai-api-key: ${{ secrets.OPENAI_API_KEY }}
          prompt-file: ${{ runner.temp }}/out/prompt.md
          output-file: ${{ runner.temp }}/out/report.json
          output-schema-file: ${{ runner.temp }}/out/schema.json
          effort: medium
      - run: git diff; cat "$RUNNER_TEMP/out/report.json"; echo '${{ steps.codex.outputs.final-message }}'
"""),
        stand_in=stand_in,
        secrets={"OPENAI_API_KEY": "sk-" + "a" * 20},
    )

    run = await lab.run()

    log = lab.server.read_log(run.id)
    assert run.conclusion == "success", log
    [request] = asked
    assert (request.prompt, request.output_schema) == ("the prompt\n", {"type": "object"})
    assert request.inputs["effort"] == "medium"
    assert "+answer = 42" in log
    assert '{"fixed": true}{"fixed": true}' in log
    assert run.jobs[0].annotations[0].message == "hard one"


async def test_a_stand_in_may_fail_the_step(start_github):
    async def stand_in(request):
        raise StepFailedError("The model's provider is out of quota.")

    lab = await start_github(
        workflow=workflow("      - {uses: openai/codex-action@v1, with: {prompt: x, openai-api-key: k}}\n"),
        stand_in=stand_in,
    )

    assert await fail_with(lab) == "The model's provider is out of quota."


async def test_artifacts_hold_what_the_paths_find(start_github):
    lab = await start_github(
        workflow=workflow("""
      - run: |
          mkdir -p out/deep .hid "$RUNNER_TEMP/t"; echo 1 > out/one.txt; echo 2 > out/deep/two.log; echo 3 > out/.secret
          echo 4 > .hid/four.txt; echo 5 > "$RUNNER_TEMP/t/five.diff"; echo 6 > "$RUNNER_TEMP/t/six.json"
      - {id: single, uses: actions/upload-artifact@v4, with: {name: single, path: out/one.txt}}
      - {uses: actions/upload-artifact@v4, with: {name: folder, path: out/}}
      - {uses: actions/upload-artifact@v4, with: {name: hidden, path: out, include-hidden-files: true}}
      - {uses: actions/upload-artifact@v4, with: {name: direct, path: .hid/four.txt}}
      - {uses: actions/upload-artifact@v4, with: {name: globbed, path: "out/**/*.log"}}
      - uses: actions/upload-artifact@v4
        with:
          name: several
          path: |
            ${{ runner.temp }}/t/five.diff
            ${{ runner.temp }}/t/six.json
      - uses: actions/upload-artifact@v4
        with:
          name: without
          path: |
            out
            !out/deep/**
      - {uses: actions/upload-artifact@v4, with: {name: nothing, path: none}}
      - {uses: actions/upload-artifact@v4, with: {name: single, path: out/deep/two.log, overwrite: true}}
      - uses: actions/upload-artifact@v4
        with: {name: single, path: out/one.txt}
        continue-on-error: true
      - run: test -n "${{ steps.single.outputs.artifact-id }}" && test -n "${{ steps.single.outputs.artifact-digest }}"
""")
    )

    run = await lab.run()

    held = {
        artifact.name: {name: data.decode().strip() for name, data in lab.server.read_artifact(artifact.id).items()}
        for artifact in lab.server.artifacts(run.id)
    }
    assert held == {
        "folder": {"one.txt": "1", "deep/two.log": "2"},
        "hidden": {"one.txt": "1", "deep/two.log": "2", ".secret": "3"},
        "direct": {"four.txt": "4"},
        "globbed": {"deep/two.log": "2"},
        "several": {"five.diff": "5", "six.json": "6"},
        "without": {"one.txt": "1"},
        "single": {"two.log": "2"},
    }
    notes = [note.message for note in run.jobs[0].annotations]
    assert "No files were found with the provided path: none. No artifacts will be uploaded." in notes
    assert any("already exists on this run (409)" in note for note in notes)
    assert run.conclusion == "success", lab.server.read_log(run.id)


async def test_a_later_run_fetches_an_artifact_by_run_id_with_actions_read(start_github):
    lab = await start_github(
        workflow=workflow(
            """
      - if: github.event.client_payload.from == ''
        run: echo kept > file.txt
      - if: github.event.client_payload.from == ''
        uses: actions/upload-artifact@v4
        with: {name: thing, path: file.txt}
      - uses: actions/download-artifact@v4
        with:
          name: thing
          path: got
          run-id: ${{ github.event.client_payload.from || github.run_id }}
          github-token: ${{ github.token }}
      - uses: actions/download-artifact@v4
        if: github.event.client_payload.from == ''
        with: {path: all}
      - run: cat got/file.txt; ls
""",
            "{actions: read}",
        )
    )

    first = await lab.run()
    second = await lab.run(**{"from": str(first.id)})

    assert (first.conclusion, second.conclusion) == ("success", "success"), lab.server.read_log(second.id)
    assert "\nkept\n" in lab.server.read_log(second.id)


async def test_a_tampered_artifact_is_noticed_by_its_digest(start_github):
    steps = """
      - if: github.event.client_payload.from == ''
        run: echo kept > file.txt
      - if: github.event.client_payload.from == ''
        uses: actions/upload-artifact@v4
        with: {name: thing, path: file.txt}
      - if: github.event.client_payload.from
        uses: actions/download-artifact@v4
        with: {name: thing, run-id: "${{ github.event.client_payload.from }}", github-token: "${{ github.token }}"}
      - run: cat file.txt
"""
    lab = await start_github(workflow=workflow(steps, "{actions: read}"))
    first = await lab.run()
    [artifact] = lab.server.artifacts(first.id)

    lab.server.replace_artifact_file(artifact.id, "file.txt", b"forged\n", keep_digest=True)
    assert "digest of the artifact 'thing'" in await fail_with(lab, **{"from": "1"})
    lab.server.replace_artifact_file(artifact.id, "file.txt", b"forged\n")
    run = await lab.run(**{"from": "1"})

    assert "\nforged\n" in lab.server.read_log(run.id)
    packed = lab.server.directory / "artifacts" / f"{artifact.id}.zip"
    assert zipfile.ZipFile(io.BytesIO(packed.read_bytes())).namelist() == ["file.txt"]
