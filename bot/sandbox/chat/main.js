/* The page: who looks where, what the server tells of it, and the deeds that go back. */

import { Composer } from "./composer.js";
import { h, icon, isPressing, refill } from "./dom.js";
import { Hub } from "./github.js";
import { renderHint } from "./hint.js";
import { act, follow } from "./live.js";
import { later, MessageList } from "./messages.js";
import { openModal } from "./modal.js";
import { news, renderSidebar } from "./sidebar.js";

const AT_START = { who: "ada", where: "ledger" };
const EARLIER = 200;
const NEAR_PX = 80;
const AGAIN_MS = 50;
const element = (id) => document.getElementById(id);

class Page {
  constructor() {
    this.app = element("app");
    this.talk = element("talk");
    this.seat = { ...AT_START };
    this.state = {};
    this.link = "connecting";
    this.pending = [];
    this.failures = new Map();
    this.tokens = 0;
    this.list = new MessageList(element("log"), {
      click: (message, id) => this.press(message, () => act("click", this.seat, { message: message.id, button: id })),
      select: (message, id, value) => this.press(message, () => act("select", this.seat, { message: message.id, list: id, values: [value] })),
      dismiss: (message) => act("dismiss", this.seat, { message: message.id }),
      earlier: () => this.showEarlier(),
    });
    this.composer = new Composer(element("composer"), this);
    this.hub = new Hub(element("github"), () => this.drawer(null), () => this.seat.who);
    this.listen();
    this.go();
  }

  listen() {
    window.addEventListener("hashchange", () => this.go());
    window.addEventListener("focus", () => this.markRead());
    element("scrim").addEventListener("click", () => this.drawer(null));
    element("newest").addEventListener("click", () => this.toNewest());
    this.talk.addEventListener("scroll", () => this.scrolled());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) this.drawer(null);
    });
    document.addEventListener("click", (event) => this.followLink(event));
    new ResizeObserver(() => this.resized()).observe(element("composer"));
    new ResizeObserver(() => this.isNear && this.toNewest()).observe(element("log"));
  }

  /** Go where the address says. */
  go() {
    const [who, where] = location.hash.slice(1).split("/").map(decodeURIComponent);
    const seat = { who: who || AT_START.who, where: where || AT_START.where };
    this.close?.();
    if (seat.who !== this.seat.who || seat.where !== this.seat.where) this.composer.leave();
    this.seat = seat;
    this.state = { github: this.state.github, place: this.state.who === seat.who ? this.state.place : undefined };
    this.shown = 100;
    this.pending = [];
    this.failures.clear();
    this.list.clear();
    this.isNear = true;
    this.end = 0;
    this.readUpTo = null;
    this.drawer(null);
    this.connect();
  }

  connect() {
    this.close?.();
    const seat = this.seat;
    this.close = follow(
      { ...seat, shown: this.shown },
      {
        onState: (told) => seat === this.seat && this.hear(told),
        onLink: (link) => this.setLink(link),
        onGone: () => location.replace(`#${AT_START.who}/${AT_START.where}`),
      },
    );
  }

  setLink(link) {
    if (link === this.link) return;
    this.link = link;
    this.drawHead();
  }

  /** A new state: only what changed is in it. */
  hear(told) {
    const isFirst = !this.state.talk;
    Object.assign(this.state, told);
    this.state.who = this.seat.who;
    if (told.place) this.namesVersion = JSON.stringify(told.place.names);
    if (isFirst) this.readUpTo = this.read(this.channel());
    this.draw(isFirst);
    if (told.commands) this.composer.changed();
  }

  draw(isFirst = false) {
    const { place, talk, github } = this.state;
    if (!place || !talk) return;
    clearTimeout(this.late);
    if (!isFirst && isPressing(this.app)) {
      this.late = setTimeout(() => this.draw(), AGAIN_MS);
      return;
    }
    this.markRead();
    this.drawHead();
    this.drawSidebar();
    element("log").setAttribute("aria-live", isFirst ? "off" : "polite");
    const before = this.talk.scrollHeight;
    this.list.show(talk, {
      title: this.title(),
      me: place.me.id,
      bot: place.bot,
      names: place.names,
      namesVersion: this.namesVersion,
      readUpTo: this.readUpTo && this.readUpTo !== "0" ? this.readUpTo : null,
      pending: this.pending,
      failures: this.failures,
    });
    this.composer.show({ talk, place, title: this.title() });
    this.drawHint();
    if (this.keepPlace) {
      this.talk.scrollTop += this.talk.scrollHeight - before;
      this.keepPlace = false;
    } else if (this.isNear || isFirst) this.toNewest();
    else if (before !== this.talk.scrollHeight) this.offerNewest();
    if (github) this.hub.show(github);
  }

  drawHead() {
    const { place } = this.state;
    const live = this.link === "live";
    const state = h("span", { class: `state ${live ? "" : "away"}`, role: "status" }, live ? "live" : this.link);
    const button = (name, side, label) => h("button", { type: "button", class: `plain bare square drawer-switch ${side}`, "aria-label": label, "data-key": `open-${name}`, onclick: () => this.drawer(name) }, icon(side === "left" ? "menu" : "hub"));
    const about = { ledger: "The bot's everyday work: say what you spent", ops: "The bot's cards and its admins", general: "Anything", dm: "Only you and the bot" }[this.seat.where] ?? "";
    refill(
      element("head"),
      button("sidebar", "left", "Channels and people"),
      h("h1", {}, place ? this.title() : "Suture sandbox"),
      h("span", { class: "about" }, about),
      state,
      h("button", { type: "button", class: "plain bare square", "aria-label": "Three things to try", title: "Three things to try", "data-key": "help", onclick: () => this.showHint() }, icon("help")),
      button("github", "right", "Local GitHub"),
    );
  }

  drawSidebar() {
    const { place } = this.state;
    renderSidebar(element("sidebar"), place, this.seat, {
      read: (channel) => this.read(channel),
      become: (who) => (location.hash = `#${who}/${encodeURIComponent(this.seat.where)}`),
      close: () => this.drawer(null),
    });
    const waiting = place.channels.filter((channel) => channel.where !== this.seat.where && news(channel, this.read(channel)).unread).length;
    document.title = `${waiting ? `(${waiting}) ` : ""}${this.title()} · Suture sandbox`;
  }

  drawHint() {
    const { talk, github } = this.state;
    const said = talk.messages.some((message) => message.content === "lunch 12,50");
    const done = [said || (github?.runs.length ?? 0) > 0, (github?.runs.length ?? 0) > 0, (github?.pulls.length ?? 0) > 0];
    renderHint(element("hint"), {
      isShown: localStorage.getItem("suture-hint") !== "away",
      done,
      page: this,
      close: () => {
        localStorage.setItem("suture-hint", "away");
        this.drawHint();
        this.composer.text.focus();
      },
    });
  }

  showHint() {
    localStorage.removeItem("suture-hint");
    this.drawHint();
    element("hint").scrollIntoView({ block: "center" });
    element("hint").querySelector("button")?.focus();
  }

  tryText(text) {
    if (this.seat.where !== "ledger") location.hash = `#${this.seat.who}/ledger`;
    this.composer.fill(text);
  }

  tryCommand(name, given) {
    this.composer.open(name, given);
  }

  /** Use a command: its row stands in the list until the bot answered. */
  async use(command, options, { sent, refused }) {
    const row = { id: (this.tokens += 1), command, by: this.seat.who, at: Date.now(), failure: null };
    row.dismiss = () => {
      this.pending = this.pending.filter((each) => each !== row);
      this.draw();
    };
    const seat = this.seat;
    const late = setTimeout(() => {
      sent();
      if (seat !== this.seat) return;
      this.pending.push(row);
      this.toNewest();
      this.draw();
    }, 120);
    const outcome = await act("slash", seat, { command, options });
    clearTimeout(late);
    if (outcome.refused) {
      row.dismiss();
      if (this.composer.form) refused(outcome);
      else this.composer.refuse(outcome.refused);
      return;
    }
    sent();
    if (seat !== this.seat) return;
    if (outcome.failed) {
      row.failure = outcome.failed;
      if (!this.pending.includes(row)) this.pending.push(row);
      this.draw();
    } else row.dismiss();
    this.toNewest();
    this.openIfForm(outcome);
  }

  async press(message, deed) {
    this.failures.delete(message.id);
    const outcome = await deed();
    const failure = outcome.failed ?? outcome.refused;
    if (failure) this.failures.set(message.id, failure);
    this.draw();
    this.openIfForm(outcome);
  }

  openIfForm(outcome) {
    if (!outcome.modal) return;
    const seat = this.seat;
    openModal(outcome.modal, (texts) => act("submit", seat, { interaction: outcome.modal.interaction, texts }));
  }

  /** Links to the local GitHub open in the pane beside. */
  followLink(event) {
    const anchor = event.target.closest?.("main a[href]");
    if (!anchor || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !this.hub.goTo(anchor.href)) return;
    event.preventDefault();
    this.drawer("github");
    this.hub.goTo(anchor.href);
  }

  drawer(name) {
    const opened = ["sidebar", "github"].find((each) => this.app.classList.contains(`show-${each}`));
    for (const each of ["sidebar", "github"]) this.app.classList.toggle(`show-${each}`, each === name);
    const overlays = name && getComputedStyle(element(name)).position === "fixed";
    element("scrim").hidden = !overlays;
    for (const part of [document.querySelector("main"), element(name === "github" ? "sidebar" : "github")]) part.inert = Boolean(overlays);
    if (!name) for (const each of ["sidebar", "github"]) element(each).inert = false;
    if (overlays) element(name).querySelector(".drawer-close")?.focus();
    else if (opened && !name) document.querySelector(`[data-key="open-${opened}"]`)?.focus();
  }

  title() {
    const channel = this.channel();
    return channel.where === "dm" ? `@${channel.name}` : `#${channel.name}`;
  }

  channel() {
    return this.state.place.channels.find((channel) => channel.where === this.seat.where) ?? { where: this.seat.where, name: this.seat.where, last: "0", pings: [] };
  }

  read(channel) {
    return localStorage.getItem(`suture-read-${this.seat.who}-${channel.where}`) ?? "0";
  }

  markRead() {
    if (!this.state.place || !this.state.talk || document.hidden || !this.isNear) return;
    const channel = this.channel();
    if (later(channel.last, this.read(channel))) localStorage.setItem(`suture-read-${this.seat.who}-${channel.where}`, channel.last);
  }

  showEarlier() {
    this.shown += EARLIER;
    this.keepPlace = true;
    this.connect();
  }

  /** Something of one's own was said: look at it. */
  said() {
    this.readUpTo = null;
    this.toNewest();
  }

  scrolled() {
    // What loads late makes the list longer: only who scrolls up leaves its end.
    if (this.isNear && this.talk.scrollTop >= this.end) {
      this.toNewest();
      return;
    }
    this.isNear = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < NEAR_PX;
    if (!this.isNear) return;
    element("newest").hidden = true;
    this.markRead();
  }

  toNewest() {
    this.isNear = true;
    this.talk.scrollTop = this.talk.scrollHeight;
    this.end = this.talk.scrollTop;
    element("newest").hidden = true;
  }

  offerNewest() {
    refill(element("newest"), "Newer messages below ↓");
    element("newest").hidden = false;
  }

  resized() {
    this.app.style.setProperty("--composer-height", `${element("composer").offsetHeight + 8}px`);
    if (this.isNear) this.toNewest();
  }
}

new Page();
