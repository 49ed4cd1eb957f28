/* The local GitHub beside the chat: pull requests with their diffs, runs with their jobs and steps. */

import { span, stamp } from "./clock.js";
import { renderDiff } from "./diff.js";
import { announce, bytes, h, icon, refill } from "./dom.js";
import { faultPicker } from "./faults.js";
import { actOnPull, fetchText } from "./live.js";
import { renderBody } from "./pull_body.js";
import { viewText } from "./viewer.js";

const SHAPES = { success: "check", failure: "cross", running: "wait", waiting: "clock", skipped: "minus", cancelled: "minus" };
const SPOKEN = { success: "succeeded", failure: "failed", running: "is running", waiting: "waits", skipped: "was skipped", cancelled: "was cancelled" };
const STATES = { draft: "Draft", open: "Open", merged: "Merged", closed: "Closed" };

/** Keeps the right pane in step with what the server tells. */
export class Hub {
  constructor(element, onClose, who) {
    this.who = who;
    this.open = new Map();
    this.cards = new Map();
    this.known = null;
    this.diffs = new Map();
    this.page = h("a", { class: "plain bare square", target: "_blank", rel: "noopener", "aria-label": "The local GitHub's own page", title: "The local GitHub's own page" }, icon("out"));
    const close = h("button", { type: "button", class: "plain bare square drawer-close", "aria-label": "Close", onclick: onClose }, icon("close"));
    this.repo = h("span", { class: "quiet small repo" });
    this.scroll = h("div", { class: "hub" });
    element.append(h("div", { class: "pane-head" }, h("h2", {}, "GitHub"), this.repo, this.page, close), this.scroll, faultPicker());
  }

  /** Draw what changed. */
  show(github) {
    this.url = github.url;
    this.page.href = github.url;
    this.repo.textContent = `${github.repo} · local`;
    this.tellNews(github);
    const pulls = github.pulls.map((pull, index) => this.card(`pull-${pull.number}`, pull, index === 0, () => this.pull(pull)));
    const runs = github.runs.map((run, index) => this.card(`run-${run.id}`, run, index === 0, () => this.run(run)));
    const now = [...pulls, ...runs];
    const drawn = now.map((card) => card.made).join();
    if (drawn === this.drawn && this.scroll.childElementCount) return;
    this.drawn = drawn;
    refill(
      this.scroll,
      heading("Pull requests", pulls.length),
      pulls.length ? pulls.map((card) => card.element) : nothing("None yet. Approve a patch, and a draft opens here."),
      heading("Workflow runs", runs.length),
      runs.length ? runs.map((card) => card.element) : nothing("None yet. An opened issue starts one, and its steps run here."),
    );
  }

  /** Show one pull request or run that a link in the chat names; false when it is not one of ours. */
  goTo(address) {
    const found = this.url && address.startsWith(`${this.url}/`) && /\/(pull|actions\/runs)\/(\d+)$/.exec(address);
    const card = found && this.cards.get(`${found[1] === "pull" ? "pull" : "run"}-${found[2]}`);
    if (!card) return false;
    card.element.open = true;
    card.element.scrollIntoView({ block: "start" });
    card.element.querySelector("summary").focus({ preventScroll: true });
    return true;
  }

  tellNews(github) {
    const now = new Map([
      ...github.runs.map((run) => [`Run ${run.workflow} ${run.number}`, SPOKEN[stateOf(run)]]),
      ...github.pulls.map((pull) => [`Pull request ${pull.number}`, `is ${STATES[pull.state].toLowerCase()}`]),
    ]);
    if (this.known) for (const [name, state] of now) if (this.known.get(name) !== state) announce(`${name} ${state}`);
    this.known = now;
  }

  card(key, thing, isFirst, build) {
    const made = JSON.stringify(thing);
    const known = this.cards.get(key);
    if (known?.made === made) return known;
    const element = build();
    element.dataset.card = key;
    element.open = known ? known.element.open : (this.open.get(key) ?? isFirst);
    element.querySelector("summary").dataset.key = key;
    const card = { made, element };
    this.cards.set(key, card);
    return card;
  }

  run(run) {
    const state = stateOf(run);
    const number = `${run.workflow} #${run.number}${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}`;
    const logs = h("button", { type: "button", class: "plain", "data-key": `log-${run.id}`, onclick: () => viewText(`Log of ${number}`, fetchText(`run/${run.id}/log`), null) }, icon("file"), "Log");
    const packed = run.artifacts.map((artifact) => this.artifact(run, artifact));
    const link = h("a", { class: "plain", href: `${this.url}/actions/runs/${run.id}`, target: "_blank", rel: "noopener" }, "Page", icon("out"));
    return card(
      mark(state),
      [h("div", { class: "title" }, run.title), h("div", { class: "under" }, h("span", {}, number), h("span", {}, run.event), span(run.began, run.ended))],
      h("ul", { class: "jobs" }, run.jobs.map(job)),
      run.notes.length > 0 && h("ul", { class: "notes" }, run.notes.map((note) => h("li", { class: note.level }, note.text))),
      h("div", { class: "actions" }, logs, packed, link),
    );
  }

  artifact(run, artifact) {
    const show = async () => {
      const address = `run/${run.id}/artifact/${artifact.id}`;
      await viewText(`${artifact.name}.zip`, fetchText(address).then((text) => tellFiles(JSON.parse(text))));
    };
    return h("button", { type: "button", class: "plain", "data-key": `artifact-${artifact.id}`, onclick: show }, icon("down"), `${artifact.name} (${bytes(artifact.size)})`);
  }

  pull(pull) {
    const changes = h("div", { class: "changes" }, h("p", { class: "quiet small" }, "Loading …"));
    const element = card(
      h("span", { class: `mark-icon ${pull.state}` }, icon("pull")),
      [
        h("div", { class: "title" }, pull.title, " ", h("span", { class: "quiet" }, `#${pull.number}`)),
        h("div", { class: "under" }, h("span", { class: `pill ${pull.state}` }, STATES[pull.state]), h("span", {}, `by ${pull.author}`), stamp(pull.at, "R")),
      ],
      h("div", { class: "branches" }, h("code", {}, pull.head), "into", h("code", {}, pull.base)),
      h("div", { class: "pull-body", tabindex: "0" }, renderBody(pull.body || "No description.")),
      h("h4", {}, "Changes"),
      changes,
      this.deeds(pull),
      h("div", { class: "actions" }, h("a", { class: "plain", href: `${this.url}/pull/${pull.number}`, target: "_blank", rel: "noopener" }, "Page", icon("out"))),
    );
    const load = () => element.open && this.fillDiff(pull, changes);
    element.addEventListener("toggle", load);
    return element;
  }

  /* What a person does on GitHub; the bot never does any of it. */
  deeds(pull) {
    if (pull.state !== "draft" && pull.state !== "open") return false;
    const told = h("p", { class: "quiet small", role: "status" });
    const press = (text, deed, strong) => {
      const onclick = async () => (told.textContent = await actOnPull(pull.number, deed, this.who()));
      return h("button", { type: "button", class: strong ? "plain strong" : "plain", "data-key": `${deed}-${pull.number}`, onclick }, text);
    };
    const isDraft = pull.state === "draft";
    return h("div", {},
      h("div", { class: "actions", role: "group", "aria-label": `Pull request ${pull.number}` },
        !pull.approved && press("Approve the changes", "approve", false),
        isDraft ? press("Ready for review", "ready", true) : press("Merge pull request", "merge", true)),
      told);
  }

  async fillDiff(pull, changes) {
    const key = `${pull.number} ${pull.sha}`;
    if (changes.dataset.shows === key) return;
    changes.dataset.shows = key;
    if (!this.diffs.has(key)) this.diffs.set(key, fetchText(`pull/${pull.number}.diff`));
    try {
      changes.replaceChildren(renderDiff(await this.diffs.get(key)));
    } catch {
      this.diffs.delete(key);
      changes.dataset.shows = "";
      changes.replaceChildren(h("p", { class: "problem" }, "The diff could not be read. Close this and open it again."));
    }
  }
}

function card(sign, head, ...inner) {
  return h("details", { class: "card-item" }, h("summary", {}, sign, h("div", {}, head), icon("turn", "turn")), h("div", { class: "inner" }, inner));
}

function heading(text, count) {
  return h("h3", {}, text, count > 0 && h("span", { class: "count" }, String(count)));
}

function nothing(text) {
  return h("p", { class: "nothing" }, text);
}

function job(each) {
  return h("li", {}, row(each, "job"), h("ul", { class: "steps" }, each.steps.map((step) => h("li", { class: stateOf(step) }, row(step, "")))));
}

function row(each, kind) {
  const took = each.began && stateOf(each) !== "skipped" ? span(each.began, each.ended) : h("span", {});
  return h("div", { class: `row ${kind}` }, mark(stateOf(each)), h("span", {}, each.name), took);
}

function mark(state) {
  const shape = icon(SHAPES[state], state === "running" ? "spin" : "");
  return h("span", { class: `mark-icon ${state}` }, shape, h("span", { class: "unseen" }, SPOKEN[state]));
}

function stateOf(thing) {
  if (thing.status !== "completed") return thing.status === "in_progress" ? "running" : "waiting";
  if (thing.conclusion === "success" || thing.conclusion === "neutral") return "success";
  return ["skipped", "cancelled"].includes(thing.conclusion) ? thing.conclusion : "failure";
}

function tellFiles(files) {
  const names = Object.keys(files);
  if (names.length === 1) return files[names[0]];
  return names.map((name) => `━━ ${name} ━━\n${files[name]}`).join("\n\n");
}
