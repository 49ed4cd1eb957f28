// The page: who is logged in, which view is shown, and the stream that says when to look again.
import { get, login, post, Refused, session, UNREACHED } from "./api.js";
import { age, el, empty } from "./dom.js";
import { health } from "./health.js";
import { incidents } from "./incidents.js";
import { forget } from "./log_lines.js";
import { patches, runs } from "./records.js";
import { follow, leave } from "./stream.js";
import { workflow } from "./workflow.js";

const VIEWS = { workflow, runs, patches, incidents, health };
const main = document.getElementById("main");
const live = document.getElementById("live");
const SETTLE_MS = 300;
const AGE_MS = 10000;
const ENDED = "The session has ended: log in again.";
let shown = "workflow";
let detail = [];
let pending = 0;
let drawn = 0;

function say(text, mood) {
  live.textContent = text;
  live.className = mood;
}

async function figures() {
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

// What a reader was at stays: the focus, what is unfolded, and how far each part is scrolled.
function place(parts) {
  const focused = document.activeElement?.id;
  const open = [...main.querySelectorAll("details[open]")].map((each) => each.id);
  const scrolled = [...main.querySelectorAll("[aria-label]")].map((each) => [each.ariaLabel, each.scrollTop, each.scrollLeft]);
  main.replaceChildren(...parts);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [name, top, left] of scrolled) {
    const same = main.querySelector(`[aria-label="${CSS.escape(name)}"]`);
    if (same) [same.scrollTop, same.scrollLeft] = [top, left];
  }
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function draw() {
  const ticket = ++drawn;
  try {
    const [told, parts] = await Promise.all([figures(), VIEWS[shown](...detail)]);
    if (ticket !== drawn) return;
    // What is moved while it is held down gets no click.
    if (main.querySelector(":active")) return drawSoon();
    document.getElementById("figures").replaceChildren(...told);
    place(parts.flat().filter(Boolean));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) return showLogin(ENDED);
    if (ticket !== drawn) return;
    if (error.status === UNREACHED) say(`stale: ${error.message}`, "stale");
    else main.replaceChildren(empty(error.message));
  }
}

function drawSoon() {
  clearTimeout(pending);
  pending = setTimeout(() => {
    const reading = document.activeElement?.matches("#main input, #main select") || main.contains(getSelection().anchorNode) && String(getSelection());
    return reading ? drawSoon() : draw();
  }, SETTLE_MS);
}

async function route() {
  const [view, ...rest] = location.hash.slice(1).split("/");
  const before = `${shown}/${detail[0]}`;
  shown = Object.hasOwn(VIEWS, view) ? view : "workflow";
  detail = rest;
  const moved = before !== `${shown}/${detail[0]}`;
  if (moved) forget();
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.dataset.view === shown;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    if (selected) main.setAttribute("aria-labelledby", tab.id);
  }
  await draw();
  if (moved) scrollTo(0, 0);
  if (detail[1]) document.getElementById(detail[1])?.scrollIntoView({ block: "center" });
}

function showLogin(words = "") {
  leave();
  document.getElementById("app").hidden = true;
  document.getElementById("logout").hidden = true;
  document.getElementById("login").hidden = false;
  document.getElementById("login-error").textContent = words;
  say("logged out", "");
  document.getElementById("key").focus();
}

async function askAgain() {
  try {
    await session();
  } catch (error) {
    if (error.status === 401) showLogin(ENDED);
  }
}

function showApp() {
  document.getElementById("login").hidden = true;
  document.getElementById("app").hidden = false;
  document.getElementById("logout").hidden = false;
  route();
  follow({ say, look: drawSoon, ended: askAgain });
}

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = document.getElementById("key");
  const words = document.getElementById("login-error");
  words.textContent = "";
  try {
    await login(key.value);
    key.value = "";
    showApp();
  } catch (error) {
    words.textContent = error.message;
  }
});
document.getElementById("logout").addEventListener("click", async () => {
  await post("/logout");
  showLogin();
});
const tabs = [...document.querySelectorAll("[role=tab]")];
for (const tab of tabs) {
  tab.addEventListener("click", () => { location.hash = tab.dataset.view; });
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.indexOf(tab), End: -1 - tabs.indexOf(tab) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + to + tabs.length) % tabs.length];
    location.hash = next.dataset.view;
    next.focus();
  });
}
addEventListener("hashchange", route);
addEventListener("resize", drawSoon);
setInterval(() => age(main), AGE_MS);

session().then(showApp, (error) => showLogin(error.status === 401 ? "" : error.message));
