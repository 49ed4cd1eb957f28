"""Steps that take too long are killed; what the runner cannot do fails with a sentence."""

import os
from pathlib import Path

import pytest


def workflow(jobs, head=""):
    return f"name: Go\non: {{repository_dispatch: {{types: [go]}}}}\n{head}\njobs:\n{jobs}"


def one_job(steps, more=""):
    return workflow(f"  one:\n    runs-on: ubuntu-latest\n{more}    steps:\n{steps}")


def conclusions(job):
    return {step.name: step.conclusion for step in job.steps if step.name not in {"Set up job", "Complete job"}}


@pytest.mark.parametrize(
    ("limits", "step", "job", "rest"),
    [
        ({"step": "0.005"}, "failure", "failure", {"next": "skipped", "clean": "success"}),
        ({"job": "0.005"}, "cancelled", "cancelled", {"next": "skipped", "clean": "success"}),
    ],
)
async def test_what_takes_too_long_is_killed_with_all_it_started(start_github, limits, step, job, rest):
    lab = await start_github(
        workflow=one_job(
            more=f"    timeout-minutes: {limits['job']}\n" if "job" in limits else "",
            steps=f"""
      - name: slow
        timeout-minutes: {limits.get("step", 5)}
        run: |
          (sleep 600; touch "$GITHUB_WORKSPACE/../../escaped") &
          echo $! > "$GITHUB_WORKSPACE/../../pid"; echo started; sleep 600
      - {{name: next, run: echo no}}
      - {{name: clean, if: always(), run: 'echo "job is ${{{{ job.status }}}}"'}}
""",
        )
    )

    run = await lab.run()

    [record] = run.jobs
    assert conclusions(record) == {"slow": step} | rest
    assert (record.conclusion, run.conclusion) == (job, job)
    log = lab.server.read_log(run.id)
    assert "started" in log
    assert f"job is {job}" in log
    pid = (lab.server.directory / "work" / "pid").read_text().strip()
    assert not is_alive(pid)


def is_alive(pid):
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        ("  a: {runs-on: x, strategy: {matrix: {}}, steps: [{run: x}]}", "jobs.a holds 'strategy'"),
        ("  a: {runs-on: x, steps: [{run: 'echo ${{ matrix.a }}'}]}", "jobs.a.steps[0].run: Unrecognized named-value"),
        ("  a: {runs-on: x, steps: [", "not YAML"),
    ],
)
async def test_a_file_that_asks_for_the_unknown_fails_its_run_and_says_so(start_github, jobs, words):
    lab = await start_github(workflow=workflow(jobs))

    run = await lab.run()

    assert (run.status, run.conclusion, run.jobs) == ("completed", "startup_failure", ())
    assert words in run.annotations[0].message


async def test_an_unknown_action_fails_the_job_before_any_step(start_github):
    lab = await start_github(workflow=one_job("      - run: echo first\n      - uses: somebody/thing@v1\n"))

    run = await lab.run()

    [job] = run.jobs
    assert run.conclusion == "failure"
    assert "'somebody/thing@v1'" in job.annotations[0].message
    assert [step.name for step in job.steps] == ["Set up job", "Complete job"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{run: echo, if: secrets.KEY}", "Unrecognized named-value: 'secrets'"),
        ("{run: echo, shell: pwsh}", "'pwsh'"),
        ("{run: echo, working-directory: none}", "'none'"),
        ("{run: echo, timeout-minutes: soon}", "'soon'"),
        ("{run: 'echo nonsense >> $GITHUB_OUTPUT'}", "'nonsense'"),
        ("{run: 'echo ${{ fromJSON(github.actor) }}'}", "fromJSON cannot read"),
    ],
)
async def test_a_step_that_cannot_be_done_fails_with_a_sentence(start_github, step, words):
    lab = await start_github(workflow=one_job(f"      - {step}\n"))

    run = await lab.run()

    assert run.conclusion == "failure"
    assert words in run.jobs[0].annotations[0].message
