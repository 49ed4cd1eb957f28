// Runs and patches: a list of each, and one of them as a whole.
import { get, getText } from "./api.js";
import { clock, diff, el, empty, facts, link, state, time, timeline, to } from "./dom.js";
import { list } from "./lists.js";

const PROOFS = ["diagnosis only", "it applies", "the tests pass", "a new test fails without it", "nothing weakened, stable"];

function back(view, words) {
  return el("p", {}, el("a", { href: `#${view}`, id: "back" }, `← ${words}`));
}

function steps(run) {
  const done = run.steps.filter((step) => step.state === "done").length;
  return run.steps.length ? el("details", { id: `steps-${run.run_id}` }, el("summary", { id: `sum-${run.run_id}` }, `${done} of ${run.steps.length} done`),
    el("ol", {}, run.steps.map((step) => el("li", {}, clock(step.at), " ", state(step.state === "done" ? "completed" : step.state, step.action), ` ${step.state}${step.said ? `: ${step.said}` : ""}`)))) : "–";
}

function lasted(run) {
  if (!run.completed_at) return "–";
  const seconds = (new Date(run.completed_at) - new Date(run.started_at)) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

export async function runs() {
  const row = (run) => [
    run.playbook_id, el("span", { class: "id" }, run.run_id), state(run.status), steps(run),
    time(run.started_at), lasted(run), to("patches", run.coding_work_order_id, "of"), run.reason || "–",
  ];
  return [el("h2", {}, "Runs of playbooks"), await list("Runs", ["/patches/runs", "runs"],
    ["Playbook", "Run", "Status", "Steps", "Began", "Took", "Order", "Why"], row,
    "No playbook has run yet. Start one in Discord with /healing_start, or wait for a fault.")];
}

function result(order) {
  if (!order.patch_result) return "–";
  const { proof_level: level, files_changed: files } = order.patch_result;
  return el("span", { title: PROOFS[level] }, `proof ${level}, ${files} file${files === 1 ? "" : "s"}`);
}

export async function patches(open) {
  if (open) return patch(open);
  const row = (order) => [
    to("patches", order.work_order_id), order.description, state(order.priority), order.estimated_complexity, time(order.created_at),
    el("span", {}, state(order.status), el("br"), el("span", { class: "soft" }, order.state.replaceAll("_", " "))), result(order),
  ];
  return [el("h2", {}, "Patches"), await list("Patches", ["/patches/work-orders", "work_orders"],
    ["Order", "Description", "Priority", "Complexity", "Created", "Status", "Result"], row,
    "No patch was asked for yet. Open one in Discord with /debug_open_issue.")];
}

async function patch(id) {
  const order = await get(`/patches/work-orders/${encodeURIComponent(id)}`);
  const proof = order.patch_result;
  const text = proof ? await getText(proof.diff_url) : "";
  return [back("patches", "all patches"), el("section", { class: "detail", "aria-label": id },
    el("h2", {}, order.description),
    el("p", { class: "row" }, state(order.status, order.state), el("span", { class: "id" }, id), order.context.reason),
    el("p", { class: "row" },
      order.card ? link(order.card, "Card in Discord: review, approve, reject") : el("span", { class: "soft" }, "It has no card yet"),
      order.pull_request ? link(order.pull_request, "Pull request") : null, order.run_url ? link(order.run_url, "The agent's run") : null),
    facts([["Incident", to("incidents", order.incident_id, "of")], ["Priority", order.priority], ["Complexity", order.estimated_complexity],
      ["Agent", order.assigned_agent], ["Playbook", order.playbook_id], ["Run", order.self_healing_run_id], ["Approved", order.approved_at ? time(order.approved_at) : ""]]),
    el("h3", {}, "So far"), timeline(order.history.map((one, index) => [one.at, state(index + 1 === order.history.length ? order.status : "past", one.state)])),
    el("h3", {}, proof ? `Proof level ${proof.proof_level}: ${PROOFS[proof.proof_level]}` : "Proof"),
    proof ? el("ul", {}, proof.evidence.map((one) => el("li", {}, one))) : empty("There is no patch to prove yet."),
    el("h3", {}, "Diff"), text ? diff(text) : empty("There is no diff yet."))];
}
