// The five views; each is a function of what the API says now.
import { get, getText } from "./api.js";
import { diff, el, link, state, table, time } from "./dom.js";
import { bars, line } from "./plots.js";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const WAITING = { staged: "an admin, to send it", awaiting_approval: "an admin, to review it in Discord", pr_open: "a reviewer, to merge it on GitHub", merged: "a deploy" };

export async function figures() {
  const stats = await get("/patches/stats");
  const rows = [
    ["Playbook runs", stats.total_playbook_runs],
    ["Code patches", stats.work_orders.total_work_orders],
    ["Escalation rate", `${stats.escalation_rate} %`],
    ["Auto-fix rate", `${stats.auto_fix_rate} %`],
    ["Minutes to a patch", stats.average_patch_time_minutes],
  ];
  return rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}

export async function workflow() {
  const [incidents, runs, orders, events] = await Promise.all([
    get("/incidents?limit=200"), get("/patches/runs?limit=200"), get("/patches/work-orders?limit=200"),
    get("/events/recent?event_type=self_healing.escalated&limit=5"),
  ]);
  const inState = (...words) => orders.work_orders.filter((order) => words.includes(order.state)).length;
  const stations = [
    ["Signal", incidents.incidents.reduce((sum, one) => sum + one.count, 0), "times a fault was seen"],
    ["Incident", incidents.count, "faults"],
    ["Playbook", runs.runs.filter((run) => run.status === "running").length, "running"],
    ["Order", inState("staged", "dispatched", "proposing"), "asked for or at work"],
    ["Proof and approval", inState("awaiting_approval"), "wait for an admin"],
    ["Pull request", inState("publishing", "pr_open"), "open"],
    ["Deploy", inState("merged", "deploying"), "on their way"],
    ["Verification", inState("verifying"), "watched"],
    ["Trust restored", inState("verified"), "verified"],
  ];
  const waits = orders.work_orders.filter((order) => WAITING[order.state]);
  return [
    el("h2", {}, "The path of a fault"),
    el("ol", { class: "path" }, stations.map(([name, count, words]) =>
      el("li", { class: count ? "busy" : null }, name, el("strong", {}, count), el("span", {}, words)))),
    el("h2", {}, "Who is waited for"),
    table("Who is waited for", ["Order", "What", "Waits for", "Since"], waits.map((order) =>
      [order.work_order_id, order.description, WAITING[order.state], time(order.updated_at)]), "Nobody: nothing waits for a person."),
    el("h2", {}, "Recent escalations"),
    table("Recent escalations", ["Run", "Playbook", "Order", "Why", "When"], events.events.map((event) =>
      [event.payload.run_id, event.payload.playbook_id, event.payload.work_order_id, event.payload.reason, time(event.timestamp)]),
    "No code patches needed. A playbook that cannot heal by itself shows here."),
  ];
}

export async function runs() {
  const { runs: rows } = await get("/patches/runs?limit=100");
  return [table("Runs", ["Playbook", "Run", "Status", "Steps", "Began", "Order", "Why"], rows.map((run) => [
    run.playbook_id, run.run_id, state(run.status),
    el("ol", {}, run.steps.map((step) => el("li", { title: step.said }, `${step.action}: ${step.state}`))),
    time(run.started_at), run.coding_work_order_id || "–", run.reason,
  ]), "No playbook has run yet. Start one in Discord with /healing_start, or wait for a fault.")];
}

export async function patches(open) {
  const { work_orders: rows } = await get("/patches/work-orders?limit=100");
  const shown = open ? await patch(open) : null;
  return [shown, table("Patches", ["Order", "Description", "Priority", "Complexity", "Created", "Status", "Result"], rows.map((order) => [
    el("a", { href: `#patches/${order.work_order_id}` }, order.work_order_id), order.description,
    state(order.priority), order.estimated_complexity, time(order.created_at), state(order.status, `${order.status} (${order.state})`),
    order.patch_result ? `proof ${order.patch_result.proof_level}, ${order.patch_result.files_changed} files` : "–",
  ]), "No patch was asked for yet. Open one in Discord with /debug_open_issue.")];
}

async function patch(id) {
  const order = await get(`/patches/work-orders/${encodeURIComponent(id)}`);
  const text = order.patch_result ? await getText(order.patch_result.diff_url) : "";
  return el("section", { class: "detail", "aria-label": id },
    el("h2", {}, id), el("p", {}, order.description), el("p", {}, state(order.status, order.state), " ", order.context.reason),
    el("p", { class: "row" },
      order.card ? link(order.card, "Card in Discord: review, approve, reject") : el("span", {}, "It has no card yet"),
      order.pull_request ? link(order.pull_request, "Pull request") : null,
      el("a", { href: `#incidents/${order.incident_id}` }, order.incident_id)),
    text ? diff(text) : el("p", { class: "empty" }, "There is no diff yet."));
}

export async function incidents(open) {
  const { incidents: rows } = await get("/incidents?limit=200");
  const shown = open ? await incident(open) : null;
  return [shown, table("Incidents", ["Incident", "What", "Severity", "Seen", "First", "Last", "From"], rows.map((one) => [
    el("a", { href: `#incidents/${one.incident_id}` }, one.incident_id), one.title, state(one.severity), one.count,
    time(one.first_seen), time(one.last_seen), one.sources.join(", "),
  ]), "No fault was seen yet. One shows here as soon as an error is logged.")];
}

async function incident(id) {
  const path = `/incidents/${encodeURIComponent(id)}`;
  const [{ incident: one, orders }, summary] = await Promise.all([get(path), get(`${path}/summary`)]);
  const lines = one.logs.map((text, index) => el("span", { class: "line", id: `L${index + 1}` }, `L${index + 1} ${text}\n`));
  const cite = (number) => el("button", { type: "button", onclick: () => {
    lines.forEach((each) => each.classList.remove("cited"));
    lines[number - 1]?.classList.add("cited");
    lines[number - 1]?.scrollIntoView({ block: "center" });
  } }, `L${number}`);
  const copy = el("button", { type: "button", onclick: async () => {
    await navigator.clipboard.writeText(JSON.stringify(one, null, 1));
    copy.textContent = "Copied";
  } }, "Copy as JSON");
  const filter = el("input", { type: "search", "aria-label": "Only lines with this text", placeholder: "contains…", oninput: () => {
    for (const each of lines) each.hidden = !each.textContent.toLowerCase().includes(filter.value.toLowerCase());
  } });
  return el("section", { class: "detail", "aria-label": id },
    el("h2", {}, `${id}: ${one.summary}`),
    el("p", { class: "row" }, state(one.severity), time(one.created_at), `build ${one.build}`, copy),
    el("h2", {}, summary.model ? `Probably (${summary.model})` : "Probably"),
    el("ul", {}, summary.causes.map((cause) => el("li", {}, cause.claim, " ", cause.lines.map(cite)))),
    el("p", {}, summary.facts.join(" ")), summary.note ? el("p", { class: "empty" }, summary.note) : null,
    el("h2", {}, "Timeline"),
    table("Orders", ["Order", "Status", "Since"], orders.map((order) =>
      [el("a", { href: `#patches/${order.work_order_id}` }, order.work_order_id), order.state, time(order.since)]), "No order was opened for it."),
    one.stack_trace ? el("pre", { tabindex: "0", "aria-label": "Stack" }, one.stack_trace) : null,
    el("h2", {}, "Log lines"), filter, el("pre", { tabindex: "0", "aria-label": "Log lines" }, lines));
}

export async function health() {
  const [{ lines }, completed, slow] = await Promise.all([
    get("/logs?lines=2000"), get("/events/recent?event_type=self_healing.completed&limit=50"),
    get("/events/recent?event_type=endpoint.slow&limit=20"),
  ]);
  const minutes = new Map();
  for (const text of lines) {
    const told = JSON.parse(text);
    const name = String(told.ts).slice(11, 16);
    const column = minutes.get(name) || { name };
    column[told.level] = (column[told.level] || 0) + 1;
    minutes.set(name, column);
  }
  const trust = completed.events.toReversed().filter((event) => event.payload.trust_after !== null)
    .map((event) => ({ name: `${event.payload.playbook_id} ${event.timestamp}`, value: event.payload.trust_after }));
  return [
    el("h2", {}, "Log lines by level and minute"), bars("Log lines by level and minute", [...minutes.values()].slice(-60), LEVELS),
    el("h2", {}, "Trust after each verified heal"), trust.length ? line("Trust after each verified heal", trust)
      : el("p", { class: "empty" }, "No heal was verified yet; trust moves with each verdict."),
    el("h2", {}, "Heals"),
    table("Heals", ["Run", "Playbook", "Steps", "When"], completed.events.map((event) =>
      [event.payload.run_id, event.payload.playbook_id, event.payload.steps_completed.join(", "), time(event.timestamp)]), "None yet."),
    el("h2", {}, "Slow addresses"),
    table("Slow addresses", ["Probe", "Milliseconds", "Why", "When"], slow.events.map((event) =>
      [event.payload.probe, event.payload.milliseconds, event.payload.error, time(event.timestamp)]), "All that are probed answer in time."),
  ];
}
