/* Times as Discord shows them: <t:…:R> ticks, and each tells its whole moment on hover. */

import { h } from "./dom.js";

const STYLES = {
  t: { hour: "2-digit", minute: "2-digit" },
  T: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  d: { day: "2-digit", month: "short", year: "numeric" },
  D: { day: "numeric", month: "long", year: "numeric" },
  f: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  F: { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
};
const WHOLE = { ...STYLES.F, second: "2-digit" };
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const LATEST_MS = 8.64e15;
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function write(ms, form) {
  return new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...form }).format(ms);
}

/** "in 14 minutes", "3 seconds ago". */
export function tellRelative(ms, now = Date.now()) {
  const seconds = Math.round((ms - now) / 1000);
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}

/** A moment in one of Discord's styles; null when no calendar has it. */
export function stamp(ms, style = "f") {
  if (!Number.isFinite(ms) || Math.abs(ms) > LATEST_MS) return null;
  const form = STYLES[style] ?? STYLES.f;
  const text = style === "R" ? tellRelative(ms) : write(ms, form);
  return h(
    "time",
    { datetime: new Date(ms).toISOString(), title: write(ms, WHOLE), "data-ticks": style === "R" ? ms : null },
    text,
  );
}

/** Hours and minutes alone. */
export function hour(ms) {
  return write(ms, STYLES.t);
}

/** The moment of a message: the hour today, the day and hour before that. */
export function moment(ms) {
  return stamp(ms, new Date(ms).toDateString() === new Date().toDateString() ? "t" : "f");
}

/** The name of a day. */
export function day(ms) {
  return new Date(ms).toDateString() === new Date().toDateString() ? "Today" : write(ms, STYLES.D);
}

/** A span that goes on until it has an end: "12 s", "1 min 04 s". */
export function span(began, ended) {
  const element = h("span", { class: "took", "data-since": ended ? null : began }, tellSpan(began, ended ?? Date.now()));
  return element;
}

function tellSpan(began, ended) {
  const seconds = Math.max(0, Math.round((ended - began) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

function tick() {
  for (const element of document.querySelectorAll("time[data-ticks]")) {
    const text = tellRelative(Number(element.dataset.ticks));
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = tellSpan(Number(element.dataset.since), Date.now());
  }
}

setInterval(tick, 1000);
