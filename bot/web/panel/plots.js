// Small plots in SVG: what the pointer or the arrow keys are at is told in words beneath, and all of it as a label.
const SVG = "http://www.w3.org/2000/svg";
const [TOP, BOTTOM, LEFT, RIGHT, HEIGHT] = [10, 160, 36, 8, 180];
const SERIES = 6;
const TWO_COLUMNS = 1216; // from this width of the page on two plots stand side by side

function shape(name, attributes, words) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (words !== undefined) made.textContent = words;
  return made;
}

function canvas(label, ticks) {
  const page = document.documentElement.clientWidth;
  const width = Math.max(280, Math.min(page < TWO_COLUMNS ? page - 32 : page / 2 - 48, 900));
  const svg = shape("svg", { class: "plot", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  for (const [part, words] of ticks) {
    const y = BOTTOM - (BOTTOM - TOP) * part;
    svg.append(shape("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
      shape("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, words));
  }
  return [svg, width];
}

function named(svg, width, first, last) {
  svg.append(shape("text", { x: LEFT, y: HEIGHT - 4 }, first), shape("text", { x: width - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, last));
}

function framed(svg, legend, spots, rest) {
  const figure = document.createElement("figure");
  const told = document.createElement("output");
  told.textContent = rest;
  let at = spots.length;
  const tell = (spot, index) => {
    svg.querySelector(".spot.on")?.classList.remove("on");
    spot?.mark.classList.add("on");
    at = spot ? index : spots.length;
    told.textContent = spot ? spot.words : rest;
  };
  spots.forEach((spot, index) => spot.mark.addEventListener("pointerenter", () => tell(spot, index)));
  svg.addEventListener("pointerleave", () => tell(null));
  svg.setAttribute("tabindex", "0");
  svg.id = `plot-${svg.getAttribute("aria-label").replaceAll(" ", "-")}`;
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = Math.min(Math.max(at + step, 0), spots.length - 1);
    if (step && spots[next]) tell(spots[next], next);
  });
  const key = document.createElement("ul");
  key.className = "legend";
  for (const [name, mark] of legend) {
    const item = document.createElement("li");
    const box = document.createElement("i");
    box.className = mark;
    item.append(box, name);
    key.append(item);
  }
  figure.append(svg, key, told);
  return figure;
}

function rounded(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((part) => part * size).find((top) => top >= value);
}

export function bars(label, columns, parts) {
  const sum = (column) => parts.reduce((all, part) => all + (column[part] || 0), 0);
  const most = rounded(Math.max(1, ...columns.map(sum)));
  const [svg, width] = canvas(label, most > 1 ? [[0, 0], [0.5, most / 2], [1, most]] : [[0, 0], [1, 1]]);
  const step = (width - LEFT - RIGHT) / columns.length;
  const spots = columns.map((column, index) => {
    const x = LEFT + index * step;
    let base = BOTTOM;
    for (const part of parts.filter((each) => column[each])) {
      const height = ((BOTTOM - TOP) * column[part]) / most;
      base -= height;
      svg.append(shape("rect", { class: `bar level-${part}`, x: x + 0.5, y: base, width: Math.max(step - 1, 1), height }));
    }
    const mark = shape("rect", { class: "spot", x, y: TOP, width: step, height: BOTTOM - TOP });
    svg.append(mark);
    const words = parts.filter((part) => column[part]).map((part) => `${column[part]} ${part}`).join(", ") || "nothing";
    return { mark, words: `${column.name}: ${words}` };
  });
  named(svg, width, columns[0].name, columns.at(-1).name);
  const used = parts.filter((part) => columns.some((column) => column[part]));
  const all = columns.reduce((total, column) => total + sum(column), 0);
  return framed(svg, used.map((part) => [part, `level-${part}`]), spots, `${all} lines in the last ${columns.length} minutes`);
}

export function lines(label, all) {
  const series = all.slice(-SERIES);
  const times = series.flatMap((one) => one.points.map((point) => point.at));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const [svg, width] = canvas(label, [[0, "0"], [0.5, "0.5"], [1, "1"]]);
  const place = (at) => LEFT + 6 + ((width - LEFT - RIGHT - 12) * (at - first)) / Math.max(last - first, 1);
  const day = (at) => new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  const spots = [];
  series.forEach(({ name, points }, number) => {
    const dots = points.map((point) => [place(point.at), BOTTOM - (BOTTOM - TOP) * point.value]);
    svg.append(shape("path", { class: `series-${number}`, d: dots.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("") }));
    points.forEach((point, index) => {
      const mark = shape("circle", { class: `spot dot series-${number}`, cx: dots[index][0], cy: dots[index][1], r: 5 });
      svg.append(mark);
      spots.push({ mark, at: point.at, words: `${name}: ${point.value.toFixed(2)}, ${day(point.at)}` });
    });
  });
  named(svg, width, day(first), last > first ? day(last) : "");
  spots.sort((a, b) => a.at - b.at);
  return framed(svg, series.map((one, number) => [`${one.name} ${one.points.at(-1).value.toFixed(2)}`, `series-${number}`]), spots,
    "0: not trusted, 1: wholly");
}
