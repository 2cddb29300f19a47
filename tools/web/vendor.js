// What the scripts of the page use of other people's work: `vendor.plot`, `vendor.layout`, ...
export { Graph, layout } from "@dagrejs/dagre";
export { areaY, axisY, dot, gridY, plot, ruleX, ruleY, text } from "@observablehq/plot";
export { curveMonotoneY, line } from "d3-shape";
