"""A dispatch really runs the workflow's steps, by GitHub's rules."""

import json
import sys


def workflow(jobs, head=""):
    return f"name: Go\non: {{repository_dispatch: {{types: [go]}}}}\n{head}\njobs:\n{jobs}"


def one_job(steps, more=""):
    return workflow(f"  one:\n    runs-on: ubuntu-latest\n{more}    steps:\n{steps}")


def conclusions(job):
    return {step.name: step.conclusion for step in job.steps if step.name not in {"Set up job", "Complete job"}}


async def test_steps_hand_on_outputs_variables_paths_and_summaries(start_github):
    lab = await start_github(
        workflow=one_job(
            more="    env: {BASE: b, BOTH: job}\n",
            steps="""
      - id: first
        run: |
          echo "word=hello" >> "$GITHUB_OUTPUT"
          { echo "long<<END"; echo "two"; echo "lines"; echo END; } >> "$GITHUB_OUTPUT"
          echo "LATER=yes" >> "$GITHUB_ENV"
          mkdir tools; printf '#!/bin/sh\\necho from-tools\\n' > tools/greet; chmod +x tools/greet
          echo "$PWD/tools" >> "$GITHUB_PATH"
          echo "# Summary" >> "$GITHUB_STEP_SUMMARY"
      - name: Second ${{ steps.first.outputs.word }}
        env: {BOTH: step, OWN: "${{ env.BASE }}-own", LONG: "${{ steps.first.outputs.long }}"}
        run: echo "$BASE $BOTH $OWN $LATER $(greet) $LONG ${{ env.BOTH }}"
      - run: import sys; print(sys.executable); import aiohttp
        shell: python
""",
        )
    )

    run = await lab.run()

    log = lab.server.read_log(run.id)
    assert run.conclusion == "success", log
    assert "b step b-own yes from-tools two\nlines step" in log
    assert sys.executable in log
    assert lab.server.read_summary(run.id) == "# Summary\n"
    assert "Second hello" in conclusions(run.jobs[0])


async def test_a_failure_skips_what_follows_except_what_asked_to_run(start_github):
    lab = await start_github(
        workflow=one_job(
            """
      - {name: may fail, id: soft, run: exit 3, continue-on-error: true}
      - {name: told, run: 'test "${{ steps.soft.outcome }} ${{ steps.soft.conclusion }}" = "failure success"'}
      - {name: fails, id: hard, run: "echo '::error file=a.py,line=2::boom'; false; echo not reached"}
      - {name: skipped, id: not, run: echo no}
      - {name: on failure, if: failure() && steps.hard.outcome == 'failure', run: echo yes}
      - {name: always, if: always(), run: 'test "${{ job.status }} ${{ steps.not.outcome }}" = "failure skipped"'}
      - {name: never, if: cancelled(), run: echo no}
"""
        )
    )

    run = await lab.run()

    [job] = run.jobs
    assert conclusions(job) == {
        "may fail": "success",
        "told": "success",
        "fails": "failure",
        "skipped": "skipped",
        "on failure": "success",
        "always": "success",
        "never": "skipped",
    }
    assert (run.conclusion, job.conclusion) == ("failure", "failure")
    assert [note.message for note in job.annotations] == [
        "Process completed with exit code 3.",
        "boom",
        "Process completed with exit code 1.",
    ]


async def test_jobs_follow_their_needs(start_github):
    lab = await start_github(
        workflow=workflow("""
  last:
    runs-on: x
    needs: [make, broken, dropped]
    if: always()
    steps:
      - run: 'test "${{ join(needs.*.result) }} ${{ needs.make.outputs.word }}" = "success,failure,skipped hi"'
  make:
    runs-on: x
    outputs: {word: "${{ steps.w.outputs.word }}", secret: "${{ secrets.KEY }}"}
    steps: [{id: w, run: 'echo word=hi >> "$GITHUB_OUTPUT"'}]
  broken: {runs-on: x, needs: make, if: needs.make.outputs.secret == '', steps: [{run: exit 1}]}
  dropped: {runs-on: x, needs: broken, steps: [{run: echo no}]}
  below: {runs-on: x, needs: dropped, steps: [{run: echo no}]}
  rescue: {runs-on: x, needs: dropped, if: failure(), steps: [{run: echo yes}]}
  unwanted: {runs-on: x, if: "github.event.client_payload.go", steps: [{run: echo no}]}
"""),
        secrets={"KEY": "a-key"},
    )

    run = await lab.run(go=False)

    assert {job.key: job.conclusion for job in run.jobs} == {
        "make": "success",
        "broken": "failure",
        "dropped": "skipped",
        "below": "skipped",
        "rescue": "success",
        "last": "success",
        "unwanted": "skipped",
    }
    assert run.conclusion == "failure"


async def test_a_step_sees_a_clean_environment_and_its_event(start_github, monkeypatch):
    monkeypatch.setenv("HOST_SECRET", "of-the-host")
    lab = await start_github(
        workflow=one_job("""
      - run: |
          env
          python - <<'END'
          import json, os
          event = json.load(open(os.environ["GITHUB_EVENT_PATH"]))
          print("event", event["action"], event["client_payload"]["deep"]["list"], os.environ["GITHUB_RUN_ID"])
          END
""")
    )

    run = await lab.run(deep={"list": [1, 2]})

    log = lab.server.read_log(run.id)
    assert "HOST_SECRET" not in log
    assert "event go [1, 2] 1" in log
    variables = dict(line.split("=", 1) for line in log.splitlines() if "=" in line and " " not in line)
    assert variables["GITHUB_REPOSITORY"] == "suture-lab/suture"
    assert variables["GITHUB_API_URL"] == lab.server.api_url
    assert variables["GITHUB_SHA"] == await lab.server.find_default_commit()
    assert variables["GITHUB_EVENT_NAME"] == "repository_dispatch"
    assert (variables["CI"], variables["GITHUB_REF"]) == ("true", "refs/heads/main")
    assert "TOKEN" not in "".join(variables)


async def test_secrets_are_usable_and_masked(start_github):
    lab = await start_github(
        workflow=one_job("""
      - env: {KEY: "${{ secrets.KEY }}", TOKEN: "${{ github.token }}", SAME: "${{ secrets.GITHUB_TOKEN }}"}
        run: |
          test "$KEY" = "a-$(echo key)" && test "$TOKEN" = "$SAME" && echo "right: $KEY $TOKEN"
      - {run: "echo none:${{ secrets.NONE }}:${{ vars.COLOUR }}"}
"""),
        secrets={"KEY": "a-key"},
        variables={"COLOUR": "blue"},
    )

    run = await lab.run()

    log = lab.server.read_log(run.id)
    assert run.conclusion == "success", log
    assert "right: *** ***" in log
    assert "none::blue" in log
    assert "a-key" not in log


async def test_run_name_names_the_run_and_unnamed_runs_bear_the_events_type(start_github):
    head = "run-name: suture ${{ github.event.client_payload.id }} ${{ github.event.client_payload.attempt }}"
    lab = await start_github(
        {".github/workflows/other.yaml": workflow("  a: {runs-on: x, steps: [{run: 'true'}]}")},
        workflow=workflow("  a: {runs-on: x, name: 'Job ${{ github.run_id }}', steps: [{run: 'true'}]}", head),
    )

    started = await lab.dispatch(id="inc_1", attempt=1)
    await lab.server.wait_idle()

    assert [(run.display_title, run.workflow_name, run.run_number) for run in started] == [
        ("suture inc_1 1", "Go", 1),
        ("go", "Go", 1),
    ]
    assert [run.jobs[0].name for run in lab.server.runs] == ["Job 1", "a"]


async def test_only_workflows_of_the_default_branch_that_listen_are_run(start_github):
    lab = await start_github(
        {".github/workflows/push.yml": "on: push\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}", "go.yml": "x"},
        workflow=workflow("  a: {runs-on: x, steps: [{run: 'true'}]}"),
    )

    assert await lab.dispatch("stop") == []
    assert [run.workflow_file for run in await lab.dispatch("go")] == [".github/workflows/go.yml"]


async def test_defaults_give_shell_and_folder(start_github):
    jobs = """
  one:
    runs-on: x
    defaults: {run: {working-directory: inside}}
    steps:
      - {run: mkdir inside, working-directory: .}
      - run: |
          false | true
          basename "$PWD"
"""
    strict = await start_github(workflow=workflow(jobs, "defaults: {run: {shell: bash}}"), directory="strict")
    plain = await start_github(workflow=workflow(jobs), directory="plain")

    assert (await strict.run()).conclusion == "failure"
    run = await plain.run()
    assert run.conclusion == "success"
    assert "\ninside\n" in plain.server.read_log(run.id)


async def test_installing_is_left_to_the_environment_at_hand(start_github):
    lab = await start_github(workflow=one_job("      - run: python -m pip install --require-hashes -r no-such.lock\n"))

    run = await lab.run()

    assert run.conclusion == "success"
    assert "the environment at hand serves" in lab.server.read_log(run.id)


async def test_subscribers_hear_of_everything_in_order(start_github):
    lab = await start_github(workflow=one_job("      - {name: hello, run: 'true'}\n"))
    events = lab.server.subscribe()

    await lab.run()

    heard = []
    while not events.empty():
        event = events.get_nowait()
        heard.append((event.kind, event.step or event.job or event.detail, event.conclusion))
    assert heard == [
        ("dispatch_received", "go", ""),
        ("run_queued", "", ""),
        ("run_started", "", ""),
        ("job_started", "one", ""),
        ("step_started", "Set up job", ""),
        ("step_finished", "Set up job", "success"),
        ("step_started", "hello", ""),
        ("step_finished", "hello", "success"),
        ("step_started", "Complete job", ""),
        ("step_finished", "Complete job", "success"),
        ("job_finished", "one", "success"),
        ("run_finished", "", "success"),
    ]


async def test_the_event_holds_the_payload_exactly(start_github):
    payload: dict[str, object] = {
        "text": "${{ secrets.KEY }} `x` $(id) \u2028 'q'",
        "none": None,
        "n": 1.5,
        "list": [{"a": []}],
    }
    lab = await start_github(
        workflow=one_job("      - run: python -c 'import os; print(open(os.environ[\"GITHUB_EVENT_PATH\"]).read())'\n")
    )

    run = await lab.run(**payload)

    printed = next(line for line in lab.server.read_log(run.id).splitlines() if line.startswith("{"))
    assert json.loads(printed)["client_payload"] == payload
