"use strict";

/* Filters, the keys of the list, and ways to places that are folded. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // On a phone there is room for what is new.
  if (matchMedia("(max-width: 40rem)").matches) document.getElementById("shapes-news").checked = true;

  const form = document.getElementById("filters");
  const items = [...document.querySelectorAll("#finding-list > li")];

  const checked = (name) =>
    new Set([...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value));

  const filter = () => {
    const severities = checked("severity");
    const rules = checked("rule");
    let shown = 0;
    for (const item of items) {
      item.hidden = !(severities.has(item.dataset.severity) && rules.has(item.dataset.rule));
      shown += item.hidden ? 0 : 1;
    }
    const all = `${items.length} finding${items.length === 1 ? "" : "s"}`;
    document.getElementById("shown").value = shown === items.length ? all : `${shown} of ${all}`;
    form.querySelector("button").hidden = shown === items.length;
  };

  if (form) {
    form.addEventListener("change", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    filter(); // a browser that comes back to the page keeps the boxes as they were
  }

  document.getElementById("finding-list")?.addEventListener("keydown", (event) => {
    const links = items.filter((item) => !item.hidden).map((item) => item.firstElementChild);
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at >= 0 && links[to]) {
      event.preventDefault();
      links[to].focus();
    }
  });

  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let one = target; one; one = one.parentElement?.closest("details")) {
      if (one.tagName === "DETAILS") one.open = true;
    }
    requestAnimationFrame(() => target.scrollIntoView()); // what was folded has its size by then
  };

  addEventListener("hashchange", unfold);
  unfold();
})();

/** Calls draw(element, data) for each `selector` with the JSON block behind it, once it can be seen. */
const drawn = (selector, draw) => {
  const start = (element) => {
    if (element.dataset.drawn || element.closest("details:not([open])")) return;
    element.dataset.drawn = "yes";
    draw(element, JSON.parse(element.nextElementSibling.textContent));
  };
  const all = () => document.querySelectorAll(selector).forEach(start);
  document.addEventListener("toggle", all, true);
  all();
};
