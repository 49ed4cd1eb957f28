// The page: who is logged in, which view is shown, and the stream that says when to look again.
import { get, login, post, Refused, session } from "./api.js";
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
const PACE_MS = 1000; // between two looks, however much happens
const AGAIN_MS = 3000;
const AGE_MS = 10000;
const ENDED = isSecureContext ? "The session has ended: log in again."
  : "The browser keeps a session over https alone: open this page by an https address, or on the bot's own machine.";
let shown = "workflow";
let detail = [];
let placed = ""; // which of them stands there
let pending = 0;
let drawn = 0; // the last look that began, and the last that is over
let over = 0;
let looked = 0;
let link = ["connecting…", ""]; // what the stream says
let trouble = ""; // why the last look failed

function say(text, mood) {
  link = [text, mood];
  tell();
}

// Only what is new is written: a screen reader says it again with each change.
function tell() {
  const [text, mood] = trouble ? [`stale: ${trouble}`, "stale"] : link;
  if (live.textContent !== text) live.textContent = text;
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
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const open = [...main.querySelectorAll("details[open]")].map((each) => each.id);
  const scrolled = [...main.querySelectorAll("[aria-label]")].map((each) => [each.ariaLabel, each.scrollTop, each.scrollLeft]);
  main.replaceChildren(...parts);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [name, top, left] of scrolled) {
    const same = main.querySelector(`[aria-label="${CSS.escape(name)}"]`);
    if (same) [same.scrollTop, same.scrollLeft] = [top, left];
  }
  if (focused && focused !== main) successor(focused)?.focus({ preventScroll: true });
}

function successor(one) {
  return one.id ? document.getElementById(one.id) : main.querySelector(`${one.localName}[aria-label="${CSS.escape(one.ariaLabel)}"]`);
}

function address() {
  return `${shown}/${detail[0]}`;
}

async function draw() {
  const ticket = ++drawn;
  looked = Date.now();
  try {
    const [told, parts] = await Promise.all([figures(), VIEWS[shown](...detail)]);
    if (ticket !== drawn) return;
    // What is moved while it is held down gets no click.
    if (main.querySelector(":active")) return drawSoon();
    document.getElementById("figures").replaceChildren(...told);
    place(parts.flat().filter(Boolean));
    placed = address();
    trouble = "";
    tell();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (ticket === drawn) failed(error);
  } finally {
    over = Math.max(over, ticket);
  }
}

// A record that is not there is told in its place; of all else that fails, what was seen before stays, and is said to be old.
function failed(error) {
  if (error.status === 401) return showLogin(ENDED);
  const missing = error.status === 404 || error.status === 422;
  trouble = missing ? "" : error.message;
  tell();
  if (missing || placed !== address()) main.replaceChildren(empty(error.message));
  if (!missing) drawSoon(AGAIN_MS);
}

function drawSoon(wait = SETTLE_MS) {
  pending ||= setTimeout(() => {
    pending = 0;
    const reading = document.activeElement?.matches("#main input, #main select") || main.contains(getSelection().anchorNode) && String(getSelection());
    return reading || over < drawn ? drawSoon() : draw();
  }, Math.max(wait, looked + PACE_MS - Date.now()));
}

async function route() {
  const [view, ...rest] = location.hash.slice(1).split("/");
  const before = address();
  const isFirst = !placed;
  shown = Object.hasOwn(VIEWS, view) ? view : "workflow";
  detail = rest;
  const moved = before !== address();
  if (moved) forget();
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.dataset.view === shown;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    if (!selected) continue;
    main.setAttribute("aria-labelledby", tab.id);
    document.title = `${tab.textContent} · Suture`;
  }
  await draw();
  if (moved) {
    scrollTo(0, 0);
    if (!isFirst && document.activeElement === document.body) main.focus(); // the link that led here is gone
  }
  if (detail[1]) document.getElementById(detail[1])?.scrollIntoView({ block: "center" });
}

// Nothing of what was shown stays behind, neither in the page nor on its way to it.
function showLogin(words = "") {
  leave();
  clearTimeout(pending);
  [pending, drawn, placed, trouble] = [0, drawn + 1, "", ""];
  over = drawn;
  main.replaceChildren();
  document.getElementById("figures").replaceChildren();
  document.title = "Suture";
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
  follow({ say, look: () => drawSoon(), ended: askAgain });
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
    main.focus();
  } catch (error) {
    words.textContent = error.message;
  }
});
document.getElementById("logout").addEventListener("click", async () => {
  try {
    await session(); // another tab may have logged in anew
    await post("/logout");
    showLogin();
  } catch (error) {
    if (error.status === 401) showLogin(ENDED);
    else say(`not logged out: ${error.message}`, "stale");
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // an address of the page is a view
  main.focus();
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
main.addEventListener("look", draw);
addEventListener("resize", () => drawSoon());
setInterval(() => age(main), AGE_MS);

session().then(showApp, (error) => showLogin(error.status === 401 ? "" : error.message));
