// The page: who is logged in, which view is shown, and the stream that says when to look again.
import { login, post, Refused, session } from "./api.js";
import { el } from "./dom.js";
import * as views from "./views.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const STALE_MS = 20000;
const SETTLE_MS = 300;
let shown = "workflow";
let detail = "";
let pending = 0;
let drawn = 0;
let heard = Date.now();
let source = null;

function say(text, stale = false) {
  live.textContent = text;
  live.classList.toggle("stale", stale);
}

async function draw() {
  const ticket = ++drawn;
  try {
    const [figures, parts] = await Promise.all([views.figures(), views[shown](detail)]);
    if (ticket !== drawn) return;
    const focused = document.activeElement?.id;
    document.getElementById("figures").replaceChildren(...figures);
    main.replaceChildren(...parts.filter(Boolean));
    if (focused) document.getElementById(focused)?.focus();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return showLogin();
    if (ticket !== drawn) return;
    const words = error instanceof Refused ? error.message : "The bot cannot be reached.";
    say(words, true);
    if (error instanceof Refused) main.replaceChildren(el("p", { class: "empty" }, words));
  }
}

function drawSoon() {
  clearTimeout(pending);
  pending = setTimeout(draw, SETTLE_MS);
}

function follow() {
  source?.close();
  source = new EventSource("/events/stream");
  const alive = () => {
    heard = Date.now();
    say("live");
  };
  source.onopen = () => {
    alive();
    drawSoon();
  };
  source.onmessage = () => {
    alive();
    if (!document.querySelector("section.detail input:focus")) drawSoon();
  };
  source.onerror = () => say("stale: the connection was lost, trying again…", true);
}

function route() {
  const [view, id] = location.hash.slice(1).split("/");
  shown = view in views && view !== "figures" ? view : "workflow";
  detail = id || "";
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.dataset.view === shown;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    if (selected) main.setAttribute("aria-labelledby", tab.id);
  }
  draw();
}

function showLogin() {
  source?.close();
  document.getElementById("app").hidden = true;
  document.getElementById("logout").hidden = true;
  document.getElementById("login").hidden = false;
  say("logged out");
  document.getElementById("key").focus();
}

function showApp() {
  document.getElementById("login").hidden = true;
  document.getElementById("app").hidden = false;
  document.getElementById("logout").hidden = false;
  route();
  follow();
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
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    location.hash = next.dataset.view;
    next.focus();
  });
}
addEventListener("hashchange", route);
setInterval(() => {
  if (source && !document.getElementById("app").hidden && source.readyState !== EventSource.OPEN && Date.now() - heard > STALE_MS) {
    say(`stale: nothing was heard for ${Math.round((Date.now() - heard) / 1000)} seconds`, true);
  }
}, 1000);

session().then(showApp, showLogin);
