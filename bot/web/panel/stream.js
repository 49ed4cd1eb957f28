// The event stream: it says when something happened, and what its silence means.
import { hours } from "./dom.js";

const SILENT_MS = 40000; // the bot gives a sign of life every 15 seconds
const AGAIN_MS = 3000;
let source = null;
let told = null;
let heard = 0;
let opened = 0;
let looking = 0;

function alive() {
  heard = Date.now();
  told.say("live", "live");
}

// A browser opens few connections to one address: a page that nobody sees holds none.
function attend() {
  if (!told) return;
  if (!document.hidden) return open();
  source?.close();
  told.say("resting while nobody sees it", "");
}

function open() {
  source?.close();
  opened = Date.now();
  source = new EventSource("/events/stream");
  source.onopen = () => {
    alive();
    told.look();
  };
  source.onmessage = () => {
    alive();
    told.look();
  };
  source.addEventListener("alive", alive);
  source.onerror = () => told.say(`stale since ${hours(new Date(heard), "medium")}: the connection was lost, trying again…`, "stale");
}

// The browser tries again by itself, with the last event's id; where it gave up, or hears nothing, the page does.
function watch() {
  if (document.hidden) return;
  if (source.readyState === EventSource.CLOSED) told.ended();
  if (source.readyState === EventSource.CLOSED || Date.now() - Math.max(heard, opened) > SILENT_MS) open();
}

export function follow(parts) {
  told = parts;
  heard = Date.now();
  attend();
  clearInterval(looking);
  looking = setInterval(watch, AGAIN_MS);
}

export function leave() {
  clearInterval(looking);
  source?.close();
  source = told = null;
}

document.addEventListener("visibilitychange", attend);
