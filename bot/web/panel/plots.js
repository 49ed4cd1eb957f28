// Small plots in SVG: each mark tells its value on hover, and the whole is told in words for who cannot see it.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, title) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (title) {
    const words = document.createElementNS(SVG, "title");
    words.textContent = title;
    made.append(words);
  }
  return made;
}

function framed(svg, words) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = words;
  figure.append(svg, caption);
  return figure;
}

function canvas(label) {
  return shape("svg", { class: "plot", viewBox: "0 0 600 170", role: "img", "aria-label": label, preserveAspectRatio: "none" });
}

export function bars(label, columns, parts) {
  const svg = canvas(label);
  const most = Math.max(1, ...columns.map((column) => parts.reduce((sum, part) => sum + (column[part] || 0), 0)));
  const width = 580 / Math.max(columns.length, 20);
  columns.forEach((column, index) => {
    let base = 160;
    for (const part of parts) {
      const height = (150 * (column[part] || 0)) / most;
      if (!height) continue;
      base -= height;
      svg.append(shape("rect", { class: `bar level-${part}`, x: 10 + index * width, y: base, width: Math.max(width - 2, 1), height },
        `${column.name}: ${column[part]} ${part}`));
    }
  });
  return framed(svg, columns.length ? `${columns[0].name} – ${columns.at(-1).name}, at most ${most} a minute` : "nothing yet");
}

export function line(label, points) {
  const svg = canvas(label);
  const place = (point, index) => [10 + (580 * index) / Math.max(points.length - 1, 1), 160 - 150 * point.value];
  const path = points.map((point, index) => `${index ? "L" : "M"}${place(point, index).join(" ")}`).join("");
  svg.append(shape("path", { d: path || "M10 160" }));
  points.forEach((point, index) => {
    const [cx, cy] = place(point, index);
    svg.append(shape("circle", { cx, cy, r: 4 }, `${point.name}: ${point.value.toFixed(2)}`));
  });
  return framed(svg, points.length ? `${points[0].name} – ${points.at(-1).name}` : "nothing yet");
}
