"use strict";

/* The memory plan as an area over the lines, drawn by Observable Plot. */
(() => {
  const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const HEIGHT = 240;

  const bytes = (number) => {
    let unit = 0;
    while (number >= 1024 && unit < UNITS.length - 1) {
      number /= 1024;
      unit += 1;
    }
    return `${unit && number < 100 ? +number.toFixed(1) : Math.round(number)} ${UNITS[unit]}`;
  };

  /** Some four round numbers of the unit that fits. */
  const ticks = (most) => {
    const unit = 1024 ** Math.floor(Math.log(Math.max(most, 1)) / Math.log(1024));
    const rough = most / unit / 4;
    const power = 10 ** Math.floor(Math.log10(rough || 1));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) * unit;
    return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
  };

  /** The cell, if there are any, and the line in it. */
  const located = ({ cells }, line) => {
    const [first, cell] = cells.filter((one) => one[0] <= line).pop() || [1, 0];
    return [cell, line - first + 1];
  };

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const plot = (data, width) => {
    const { layers, points, peak, end } = data;
    const rows = [...points, [end, points[points.length - 1][1]]].flatMap(([line, values]) =>
      values.map((value, index) => ({ line, value, layer: String(index) })),
    );
    const most = Math.max(...points.map((point) => sum(point[1])));
    const top = points.find((point) => point[0] === peak);
    const label = { x: (point) => point[0], y: (point) => sum(point[1]) };
    const tick = (line) => (line % 1 ? "" : located(data, line).filter(Boolean).join(":"));
    const isLate = peak > (points[0][0] + end) / 2;
    return vendor.plot({
      width,
      height: HEIGHT,
      marginLeft: 64,
      marginTop: 28,
      x: { domain: [points[0][0], end], label: data.cells.length ? "cell:line" : "line", tickFormat: tick },
      y: { domain: [0, most * 1.05 || 1], label: null },
      color: { domain: layers.map((_, index) => String(index)), range: layers.map((_, index) => color(index, layers)) },
      marks: [
        vendor.gridY(ticks(most)),
        vendor.axisY(ticks(most), { tickFormat: bytes, tickSize: 0 }),
        vendor.areaY(rows, {
          x: "line",
          y: "value",
          z: "layer",
          fill: "layer",
          curve: "step-after",
          order: layers.map((_, index) => String(index)).reverse(),
        }),
        vendor.ruleY([0]),
        vendor.ruleX([top], { ...label, stroke: "var(--error)", strokeDasharray: "3 3" }),
        vendor.dot([top], { ...label, fill: "var(--error)", r: 5, className: "peak" }),
        vendor.text([top], {
          ...label,
          text: (point) => `peak ${point[2]}`,
          fill: "var(--text)",
          stroke: "var(--page)",
          strokeWidth: 4,
          fontSize: 13,
          fontWeight: 600,
          dy: -14,
          dx: isLate ? -4 : 4,
          textAnchor: isLate ? "end" : "start",
        }),
      ],
    });
  };

  const color = (index, layers) => `var(--s${index === layers.length - 1 ? 6 : index})`;

  const show = (element, data) => {
    const { points, layers } = data;
    const place = (line) => {
      const [cell, number] = located(data, line);
      return `${cell ? `cell ${cell}, ` : ""}line ${number}`;
    };
    const told = document.createElement("output");
    const frame = document.createElement("div");
    element.append(frame, told);
    let at = points.findIndex((point) => point[0] === data.peak);
    let chart;
    let cursor;

    const say = ([line, values, total, display]) => {
      const parts = values
        .map((value, index) => [value, layers[index]])
        .filter(([value]) => value)
        .sort((a, b) => b[0] - a[0])
        .slice(0, 3)
        .map(([value, label]) => `${label} ${bytes(value)}`);
      return `${place(line)}, ${display}: ${total}${parts.length > 1 ? ` (${parts.join(", ")}, \u2026)` : ""}`;
    };

    const select = (index) => {
      cursor.style.opacity = 1;
      at = Math.min(points.length - 1, Math.max(0, index));
      const text = say(points[at]);
      const x = chart.scale("x").apply(points[at][0]);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      told.value = text;
      element.setAttribute("aria-valuenow", at + 1);
      element.setAttribute("aria-valuetext", text);
    };

    const draw = () => {
      chart = plot(data, Math.max(260, element.clientWidth));
      chart.setAttribute("aria-hidden", "true"); // the slider says it
      cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
      for (const [key, value] of Object.entries({
        y1: 28,
        y2: HEIGHT - 30,
        stroke: "var(--accent)",
        "stroke-width": 2,
      })) {
        cursor.setAttribute(key, value);
      }
      chart.append(cursor);
      frame.replaceChildren(chart);
      chart.addEventListener("pointermove", (event) => select(under(event)));
      chart.addEventListener("click", () => {
        location.hash = data.anchor + points[at][0];
      });
      select(at);
      cursor.style.opacity = 0; // until somebody points at a line
    };

    const under = (event) => {
      const line = chart.scale("x").invert(event.clientX - chart.getBoundingClientRect().left);
      return points.filter((point) => point[0] <= line).length - 1;
    };

    const attributes = {
      role: "slider",
      tabindex: 0,
      "aria-label": "Memory over the lines; arrow keys go from line to line, Enter goes to the code",
      "aria-valuemin": 1,
      "aria-valuemax": points.length,
    };
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      const to = { Home: 0, End: points.length - 1 }[event.key] ?? (step && at + step);
      if (event.key === "Enter") location.hash = data.anchor + points[at][0];
      if (to === undefined) return;
      event.preventDefault();
      select(to);
    });
    draw();
    let width = element.clientWidth;
    new ResizeObserver(() => {
      if (element.clientWidth && element.clientWidth !== width) {
        width = element.clientWidth;
        draw();
      }
    }).observe(element);
  };

  drawn(".chart", show);
})();
