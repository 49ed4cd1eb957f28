// Incidents: the list, and one of them with its probable cause, its way, its stack and its lines.
import { get } from "./api.js";
import { el, empty, facts, state, time, timeline, to } from "./dom.js";
import { list } from "./lists.js";
import { logLines } from "./log_lines.js";

export async function incidents(open, cited) {
  if (open) return incident(open, cited);
  const row = (one) => [
    to("incidents", one.incident_id), one.title, state(one.severity), one.count,
    time(one.first_seen), time(one.last_seen), one.sources.join(", "),
  ];
  return [el("h2", {}, "Incidents"), await list("Incidents", ["/incidents", "incidents"],
    ["Incident", "What", "Severity", "Seen", "First", "Last", "From"], row,
    "No fault was seen yet. One shows here as soon as an error is logged.")];
}

function way(one, seen, orders) {
  const moments = [[one.created_at, "its log lines were captured"]];
  if (seen) moments.push([seen.first_seen, "first seen"]);
  if (seen?.count > 1) moments.push([seen.last_seen, `seen again, ${seen.count} times in all`]);
  for (const order of orders) {
    for (const { state: word, at } of order.history) moments.push([at, to("patches", order.work_order_id, `${word}-of`), " ", state("past", word)]);
  }
  return timeline(moments.sort((a, b) => new Date(a[0]) - new Date(b[0])));
}

async function incident(id, cited) {
  const path = `/incidents/${encodeURIComponent(id)}`;
  const address = `incidents/${id}`;
  const [{ incident: one, seen, orders }, summary] = await Promise.all([get(path), get(`${path}/summary`)]);
  const copy = !navigator.clipboard ? el("a", { href: path, target: "_blank" }, "Open as JSON") : el("button", { type: "button", id: "copy", onclick: async () => {
    const text = JSON.stringify(one, null, 1);
    copy.textContent = await navigator.clipboard.writeText(text).then(() => "Copied", () => "The browser did not copy it");
  } }, "Copy as JSON");
  const cite = (number) => [el("a", { href: `#${address}/L${number}`, id: `cite-${number}`, class: "cite" }, `L${number}`), " "];
  return [el("p", {}, el("a", { href: "#incidents", id: "back" }, "← all incidents")), el("section", { class: "detail", "aria-label": id },
    el("div", { class: "row spread" }, el("h2", {}, one.summary), copy),
    facts([["Incident", id], ["Severity", state(one.severity)], ["Captured", time(one.created_at)], ["Build", one.build], ["Where", one.env],
      ["Source", one.source], ["Channel", one.context?.channel], ["Intent", one.context?.intent]]),
    el("h3", {}, summary.model ? `Probably (${summary.model})` : "Probably"),
    summary.causes.length ? el("ul", {}, summary.causes.map((cause) => el("li", {}, cause.claim, " ", cause.lines.map(cite)))) : empty("Its lines show no cause."),
    summary.facts.length ? el("p", {}, summary.facts.join(" ")) : null, summary.note ? el("p", { class: "soft" }, summary.note) : null,
    el("h3", {}, "What happened"), way(one, seen, orders),
    orders.length ? null : empty("No order was opened for it: /debug_open_issue in Discord does."),
    one.stack_trace ? [el("h3", {}, "Stack"), el("pre", { tabindex: "0", role: "region", "aria-label": "Stack" }, one.stack_trace)] : null,
    el("h3", {}, "Log lines"), one.logs.length ? logLines(address, one.logs, cited) : empty("It has no log lines."))];
}
