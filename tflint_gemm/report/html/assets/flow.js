"use strict";

/* The tensor flow: dagre says where the boxes go, the rest is here. */
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const LETTER = 7.3; // of 12 pixels
  const SMALL = 6.4;
  const PAD = 12;
  const MANY = 80;
  let graphs = 0;

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  /** Pixels for bytes: one for a KiB and less, four for a MiB, seven for a GiB and more. */
  const thickness = (bytes) => Math.min(7, 1 + Math.max(0, Math.log10((bytes || 1) / 1024)));

  const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  const place = (nodes, edges, order) => {
    const graph = new vendor.Graph();
    graph.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 28, edgesep: 16, marginx: 16, marginy: 16 });
    nodes.forEach((node, index) => {
      const mark = node.fault ? 2 : 0;
      const width = Math.max((node.label.length + mark) * LETTER, (node.detail || "").length * SMALL) + 2 * PAD;
      graph.setNode(String(index), { width, height: node.detail ? 42 : 28 });
    });
    for (const [source, target, text] of order(edges)) {
      graph.setEdge(String(source), String(target), { width: text.length * SMALL, height: 18, labelpos: "c" });
    }
    vendor.layout(graph);
    return graph;
  };

  const length = (graph) =>
    graph.edges().reduce((total, edge) => {
      const { points } = graph.edge(edge);
      const steps = points.slice(1).map((point, at) => Math.hypot(point.x - points[at].x, point.y - points[at].y));
      return total + steps.reduce((sum, step) => sum + step, 0);
    }, 0);

  /** The layout depends on the order of the edges: of some, the one with the shortest edges, which is the clearest. */
  const arrange = (nodes, edges) => {
    const orders = [
      (all) => all,
      (all) => [...all].reverse(),
      (all) => [...all].sort((a, b) => a[1] - b[1]),
      (all) => [...all].sort((a, b) => b[0] - a[0]),
    ];
    const tried = orders.slice(0, nodes.length > MANY ? 1 : 4).map((order) => place(nodes, edges, order));
    return tried.sort((a, b) => length(a) - length(b))[0];
  };

  /** A smooth way through the points that dagre gives. */
  const path = (points) =>
    vendor
      .line(
        (point) => point.x,
        (point) => point.y,
      )
      .curve(vendor.curveMonotoneY)(points);

  const spoken = (node, index, nodes, edges) => {
    const takes = edges.filter((edge) => edge[1] === index).map((edge) => `${edge[2]} from ${nodes[edge[0]].label}`);
    const gives = edges.filter((edge) => edge[0] === index).map((edge) => `${edge[2]} to ${nodes[edge[1]].label}`);
    return [
      `${node.label}${node.detail ? " " + node.detail : ""}`,
      node.fault ? `${node.fault} here` : "",
      { op: "", call: "a function of the program", input: "comes in", output: "goes out" }[node.role],
      takes.length ? `takes ${takes.join(", ")}` : "",
      gives.length ? `gives ${gives.join(", ")}` : "",
    ]
      .filter(Boolean)
      .join("; ");
  };

  const drawEdge = (place, edge, fault, id) => {
    const [, , text, bytes, magnitude] = edge;
    const group = make("g", { class: `edge ${fault}` });
    const width = thickness(magnitude);
    const end = `url(#${id}${fault})`;
    group.append(
      make("path", { d: path(place.points), "stroke-width": width, "marker-end": end }),
      make("text", { x: place.x, y: place.y + 4 }, text),
      make("title", {}, `${text}, ${bytes}`),
    );
    return group;
  };

  const drawBox = (place, node, label) => {
    const box = make(node.href ? "a" : "g", {
      class: `box ${node.role} ${node.fault || ""}`,
      transform: `translate(${place.x},${place.y})`,
      tabindex: -1,
      "aria-label": label,
      ...(node.href ? { href: node.href } : { role: "img" }),
    });
    const { width, height } = place;
    const radius = node.role === "op" ? 6 : height / 2;
    const sign = { error: "\u2715 ", warning: "\u25b2 " }[node.fault] || "";
    box.append(
      make("rect", { x: -width / 2, y: -height / 2, width, height, rx: radius }),
      make("text", { y: node.detail ? -2 : 4 }, make("tspan", { "aria-hidden": "true" }, sign), node.label),
    );
    if (node.detail) box.append(" ", make("text", { y: 13, class: "detail" }, node.detail));
    return box;
  };

  const markers = (id) =>
    ["", "error"].map((kind) =>
      make(
        "marker",
        {
          id: id + kind,
          class: kind,
          viewBox: "0 0 10 10",
          refX: 9,
          refY: 5,
          markerWidth: 11,
          markerHeight: 11,
          markerUnits: "userSpaceOnUse",
          orient: "auto",
        },
        make("path", { d: "M0,0.5L10,5L0,9.5Z" }),
      ),
    );

  /** Arrow keys walk: up to the operands, down to what takes the result, left and right along a row. */
  const walk = (boxes, places, edges) => {
    const near = (from, candidates) => {
      const distance = (index) => Math.hypot(places[index].x - from.x, places[index].y - from.y);
      return candidates.sort((a, b) => distance(a) - distance(b))[0];
    };
    const beside = (index, sign) => {
      const here = places[index];
      const row = places.map((place, other) => [place, other]).filter(([place]) => Math.abs(place.y - here.y) < 20);
      return near(
        here,
        row.filter(([place]) => sign * (place.x - here.x) > 1).map(([, other]) => other),
      );
    };
    const moves = {
      ArrowDown: (index) =>
        near(
          places[index],
          edges.filter((edge) => edge[0] === index).map((edge) => edge[1]),
        ),
      ArrowUp: (index) =>
        near(
          places[index],
          edges.filter((edge) => edge[1] === index).map((edge) => edge[0]),
        ),
      ArrowLeft: (index) => beside(index, -1),
      ArrowRight: (index) => beside(index, 1),
      Home: () => 0,
      End: () => boxes.length - 1,
    };
    return (event) => {
      const index = boxes.indexOf(document.activeElement);
      const to = index >= 0 && moves[event.key] ? moves[event.key](index) : undefined;
      if (index >= 0 && moves[event.key]) event.preventDefault();
      if (to !== undefined) boxes[to].focus();
    };
  };

  const zooming = (stage, svg, size) => {
    const fitting = () => Math.min(1, (stage.clientWidth - 2) / size.width);
    let scale = Math.max(fitting(), 0.85);
    const zoom = (to) => {
      scale = Math.min(2, Math.max(0.2, to));
      svg.setAttribute("width", size.width * scale);
      svg.setAttribute("height", size.height * scale);
    };
    const button = (label, name, act) => {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = label;
      if (name) one.setAttribute("aria-label", name);
      one.addEventListener("click", act);
      return one;
    };
    zoom(scale);
    return [
      button("\u2212", "Smaller", () => zoom(scale / 1.25)),
      button("+", "Larger", () => zoom(scale * 1.25)),
      button("Fit", "Fit to the width", () => zoom(fitting())),
    ];
  };

  const show = (element, { nodes, edges }) => {
    const id = `arrow${++graphs}`;
    const graph = arrange(nodes, edges);
    const places = nodes.map((_, index) => graph.node(String(index)));
    const size = graph.graph();
    const name = `Tensor flow of ${element.dataset.name}: ${plural(nodes.length, "box")}`.replace("boxs", "boxes");
    const svg = make("svg", {
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "group",
      "aria-label": `${name}, ${plural(edges.length, "edge")}. Arrow keys walk along the edges, Enter goes to the code.`,
    });
    svg.append(make("defs", {}, ...markers(id)));
    const lines = edges.map((edge) => {
      const fault = nodes[edge[1]].fault === "error" ? "error" : "";
      return drawEdge(graph.edge(String(edge[0]), String(edge[1])), edge, fault, id);
    });
    const boxes = nodes.map((node, index) => drawBox(places[index], node, spoken(node, index, nodes, edges)));
    svg.append(...lines, ...boxes);

    const first = Math.max(
      0,
      nodes.findIndex((node) => node.fault),
    );
    if (boxes.length) boxes[first].setAttribute("tabindex", 0);
    const light = (index, on) =>
      edges.forEach((edge, at) => edge.slice(0, 2).includes(index) && lines[at].classList.toggle("near", on));
    boxes.forEach((box, index) => {
      box.addEventListener("focus", () => {
        boxes.forEach((other) => other.setAttribute("tabindex", other === box ? 0 : -1));
        light(index, true);
      });
      box.addEventListener("blur", () => light(index, false));
      box.addEventListener("pointerenter", () => light(index, true));
      box.addEventListener("pointerleave", () => light(index, false));
    });
    svg.addEventListener("keydown", walk(boxes, places, edges));

    const stage = document.createElement("div");
    stage.className = "stage";
    stage.append(svg);
    const tools = document.createElement("div");
    tools.className = "tools";
    const hint = document.createElement("span");
    hint.className = "quiet";
    hint.textContent = "The thicker an edge, the more bytes. ";
    const keys = document.createElement("span");
    keys.className = "keys";
    keys.textContent = "Arrow keys walk along the edges.";
    hint.append(keys);
    element.append(tools, stage);
    tools.append(...zooming(stage, svg, size), hint);
    stage.scrollLeft = places.length ? places[first].x * (svg.clientWidth / size.width) - stage.clientWidth / 2 : 0;
  };

  drawn(".graph", show);
})();
