/* The left pane: the guild's channels with what is new in them, and who one acts as. */

import { avatar, h, icon, refill } from "./dom.js";
import { later } from "./messages.js";

/** Draw it; `seat` says who and where, `read` what was read up to in each channel. */
export function renderSidebar(element, place, seat, { read, become, close }) {
  const scroll = element.querySelector(".side-scroll")?.scrollTop ?? 0;
  const rooms = place.channels.filter((channel) => channel.where !== "dm");
  const direct = place.channels.filter((channel) => channel.where === "dm");
  const item = (channel) => h("li", {}, channelLink(channel, place, seat, read(channel)));
  refill(
    element,
    h("div", { class: "pane-head" }, h("h2", {}, place.guild), h("span", { class: "grow" }), h("button", { type: "button", class: "plain bare square drawer-close", "aria-label": "Close", onclick: close }, icon("close"))),
    h(
      "div",
      { class: "side-scroll" },
      h("p", { class: "side-title" }, "Channels"),
      h("ul", { class: "channels" }, rooms.map(item)),
      h("p", { class: "side-title" }, "Direct messages"),
      h("ul", { class: "channels" }, direct.map(item)),
      h("p", { class: "side-title" }, "The bot's panel"),
      h("ul", { class: "channels" }, h("li", {}, panelLink())),
    ),
    acting(place, seat, become),
  );
  element.querySelector(".side-scroll").scrollTop = scroll;
}

/** Whether there is something new in a channel, and how often it pings this person. */
export function news(channel, readUpTo) {
  return {
    unread: later(channel.last, readUpTo),
    pings: channel.pings.filter((id) => later(id, readUpTo)).length,
  };
}

function channelLink(channel, place, seat, readUpTo) {
  const isHere = channel.where === seat.where;
  const { unread, pings } = isHere ? { unread: false, pings: 0 } : news(channel, readUpTo);
  const sign = channel.where === "dm" ? presence(place.bot) : icon("hash");
  return h(
    "a",
    { class: `channel ${unread ? "unread" : ""}`, href: `#${seat.who}/${encodeURIComponent(channel.where)}`, "aria-current": isHere ? "page" : null, "data-key": `channel-${channel.where}` },
    sign,
    h("span", { class: "name" }, channel.name),
    pings > 0 && h("span", { class: "badge" }, String(pings), h("span", { class: "unseen" }, " mentions")),
    unread && !pings && h("span", { class: "dot" }),
    unread && !pings && h("span", { class: "unseen" }, "unread"),
  );
}

/** Opens the panel in the other half of the screen, so that both are seen at once. */
function panelLink() {
  const beside = (event) => {
    const half = Math.floor(screen.availWidth / 2);
    if (window.open("panel", "suture-panel", `popup,left=${half},width=${half},height=${screen.availHeight}`)) event.preventDefault();
  };
  return h("a", { class: "channel", href: "panel", target: "suture-panel", title: "Orders, runs and incidents move there while you type here", "data-key": "panel", onclick: beside }, icon("out"), h("span", { class: "name" }, "Open beside the chat"));
}

function presence(bot) {
  const text = bot.online ? "online" : "offline";
  return h("span", { class: `presence ${bot.online ? "online" : ""}`, title: text }, h("span", { class: "unseen" }, text));
}

function acting(place, seat, become) {
  const person = (each) => {
    const input = h("input", { type: "radio", name: "acting", value: each.name, checked: each.name === seat.who, "data-key": `acting-${each.name}` });
    input.addEventListener("change", () => become(each.name));
    return h("label", {}, input, avatar(each, "small"), h("span", { class: "who" }, each.name), h("span", { class: "quiet small" }, each.admin ? "admin" : "member"));
  };
  return h("fieldset", { class: "acting" }, h("legend", {}, "Acting as"), h("div", { class: "people" }, place.people.map(person)));
}
