// The path of a fault: what stands where now, and who is waited for.
import { get } from "./api.js";
import { el, table, time, to } from "./dom.js";

const WAITING = { staged: "an admin, to send it", awaiting_approval: "an admin, to review it in Discord", pr_open: "a reviewer, to merge it on GitHub", merged: "a deploy" };
const STATIONS = [
  ["Order", "asked for or at work", ["staged", "dispatched", "proposing"]],
  ["Approval", "proved, wait for an admin", ["awaiting_approval"]],
  ["Pull request", "open", ["publishing", "pr_open"]],
  ["Deploy", "on the way", ["merged", "deploying"]],
  ["Verification", "watched, live", ["verifying"]],
  ["Trust restored", "verified", ["verified"]],
];
const SHOWN = 3;

function station(view, [name, words, count, ids, more = ""]) {
  return el("li", { class: count ? "busy" : null },
    el("a", { href: `#${view}`, class: "name" }, name), el("strong", {}, `${count}${more}`), el("span", { class: "soft" }, words),
    ids.length ? el("ul", { "aria-label": name }, ids.slice(0, SHOWN).map((id) => el("li", {}, to(view, id, "at", `…${id.slice(-4)}`)))) : null);
}

export async function workflow() {
  const [incidents, runs, newest, testing, events] = await Promise.all([
    get("/incidents?limit=200"), get("/patches/runs?limit=200"), get("/patches/work-orders?limit=200"),
    get("/patches/work-orders?status=testing&limit=200"), get("/events/recent?event_type=self_healing.escalated&limit=5"),
  ]);
  // Who waits longest is not among the newest: what is past its proposal is asked for by itself.
  const orders = [...newest.work_orders.filter((order) => order.status !== "testing"), ...testing.work_orders];
  const running = runs.runs.filter((run) => ["running", "queued"].includes(run.status));
  const seen = incidents.incidents.reduce((sum, one) => sum + one.count, 0);
  const more = incidents.next_cursor ? "+" : "";
  const before = [
    station("health", ["Signal", "times a fault was seen", seen, [], more]),
    station("incidents", ["Incident", "faults", incidents.count, [], more]),
    station("runs", ["Playbook", "running", running.length, []]),
  ];
  const after = STATIONS.map(([name, words, states]) => {
    const standing = orders.filter((order) => states.includes(order.state));
    const page = standing[0]?.status === "testing" ? testing : newest;
    const ids = name === "Trust restored" ? [] : standing.map((order) => order.work_order_id);
    return station("patches", [name, words, standing.length, ids, standing.length && page.next_cursor ? "+" : ""]);
  });
  const waits = orders.filter((order) => WAITING[order.state]);
  return [
    el("h2", {}, "The path of a fault"),
    el("p", { class: "soft" }, "From the first sign of a fault to the proof that it stays away: how many stand where now."),
    el("ol", { class: "path" }, before, after),
    el("div", { class: "columns wide" },
      el("section", {}, el("h2", {}, "Who is waited for"),
        table("Who is waited for", ["Order", "What", "Waits for", "Since"], waits.map((order) =>
          [to("patches", order.work_order_id), order.description, WAITING[order.state], time(order.updated_at)]), "Nobody: nothing waits for a person.")),
      el("section", {}, el("h2", {}, "Recent escalations"),
        table("Recent escalations", ["Playbook", "Order", "Why", "When"], events.events.map((event) =>
          [event.payload.playbook_id, to("patches", event.payload.work_order_id, "up"), event.payload.reason, time(event.timestamp)]),
        "No code patches needed. A playbook that cannot heal by itself shows here."))),
  ];
}
