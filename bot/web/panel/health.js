// Health: the log's pace, trust, heals and their verdicts, and addresses that answered too late.
import { get } from "./api.js";
import { el, empty, hours, state, table, time, visible } from "./dom.js";
import { bars, lines } from "./plots.js";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const MINUTES = 60;
const MOST_LINES = 2000;

function parsed(text) {
  try {
    return JSON.parse(text) || {};
  } catch {
    return {}; // a line that was redacted as a whole
  }
}

function perMinute(texts) {
  const minute = (ms) => Math.floor(ms / 60000);
  const last = minute(Date.now());
  const columns = Array.from({ length: MINUTES }, (_, index) => {
    const at = new Date((last - MINUTES + 1 + index) * 60000);
    return { name: hours(at) };
  });
  for (const { ts, level } of texts.map(parsed)) {
    const column = columns[minute(Date.parse(ts)) - last + MINUTES - 1];
    if (column) column[level] = (column[level] || 0) + 1;
  }
  return columns;
}

function trustOf(moves) {
  const series = new Map();
  for (const { subject, at, after } of moves.toReversed()) {
    series.set(subject, [...(series.get(subject) || []), { at: Date.parse(at), value: after }]);
  }
  return [...series].map(([name, points]) => ({ name: visible(name), points }));
}

export async function health() {
  const recent = (type, limit) => get(`/events/recent?event_type=${type}&limit=${limit}`);
  const [{ lines: texts }, { moves }, { allowances }, completed, failed, slow] = await Promise.all([
    get(`/logs?lines=${MOST_LINES}`), get("/trust"), get("/budget"),
    recent("self_healing.completed", 50), recent("self_healing.failed", 50), recent("endpoint.slow", 20),
  ]);
  const trust = trustOf(moves);
  const heals = [...completed.events, ...failed.events].sort((a, b) => b.id - a.id).slice(0, 50);
  return [
    el("div", { class: "columns" },
      el("section", {}, el("h2", {}, "Log lines by level and minute"), bars("Log lines by level and minute", perMinute(texts), LEVELS),
        texts.length < MOST_LINES ? null : el("p", { class: "soft" }, `Of the newest ${MOST_LINES} lines; those before are not counted.`)),
      el("section", {}, el("h2", {}, "Trust"), trust.length ? lines("Trust in playbooks and components", trust)
        : empty("No heal has a verdict yet; trust moves with each."))),
    el("h2", {}, "Heals and their verdicts"),
    table("Heals", ["Run", "Playbook", "Verdict", "What it did, or why not", "When"], heals.map((event) => [
      el("span", { class: "id" }, event.payload.run_id), event.payload.playbook_id,
      event.type.endsWith("completed") ? state("completed", "verified") : state("failed"),
      event.payload.reason || (event.payload.steps_completed || []).join(", ") || "–",
      time(event.timestamp)]),
    "No playbook has healed anything yet."),
    el("h2", {}, "Budget of the coding agent"),
    table("Budget", ["Limit", "Spent", "At most", "Share"], allowances.map((one) =>
      [one.variable, one.spent, one.most, el("meter", { min: 0, max: one.most, high: one.most * 0.8, value: one.spent, "aria-label": one.variable })]), "No budget is set."),
    el("h2", {}, "Slow addresses"),
    table("Slow addresses", ["Probe", "Milliseconds", "Limit", "Why", "When"], slow.events.map((event) =>
      [event.payload.probe, Math.round(event.payload.milliseconds), event.payload.limit, event.payload.error || "–", time(event.timestamp)]), "No address answered too late. WATCHDOG_PROBES names those that are probed."),
  ];
}
