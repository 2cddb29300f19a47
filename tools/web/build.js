// Bundles vendor.js and notes whose work is in it, with the licences: npm ci && npm run build
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const TO = "../../tflint_gemm/report/html/assets/";

const { metafile, outputFiles } = await build({
  entryPoints: ["vendor.js"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "vendor",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
});

const inputs = Object.values(metafile.outputs)[0].inputs;
const folder = (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
const used = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
const names = [...new Set(used.map(folder))].filter(Boolean);

// The bundle that dagre ships holds graphlib; it is a package of its own.
if (names.includes("@dagrejs/dagre")) names.push("@dagrejs/graphlib");

const packages = names.sort().map((name) => {
  const path = `node_modules/${name}/`;
  const { version, license } = JSON.parse(readFileSync(`${path}package.json`, "utf8"));
  const file = readdirSync(path).find((one) => /^licen[cs]e/i.test(one));
  return { name, version, license, text: readFileSync(path + file, "utf8").trim() };
});

const ascii = (text) => text.replaceAll("\u00a9", "(c)").replace(/[^\x00-\x7f]/g, "?");
const lines = packages.map(({ name, version, license }) => `${name} ${version} (${license}), from npm`);
const texts = new Map();
for (const one of packages) texts.set(one.text, [...(texts.get(one.text) ?? []), one]);
const licences = ascii(
  [
    `${lines.join("\n")}\n`,
    ...[...texts].map(([text, those]) => `--- ${those.map(({ name }) => name).join(", ")}\n\n${text}\n`),
  ].join("\n"),
);
// An escape means the same in every place where esbuild leaves such a character: strings, templates, expressions.
const code = outputFiles[0].text.replace(
  /[^\x00-\x7f]/g,
  (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
);

writeFileSync(`${TO}vendor.LICENSES.txt`, licences);
writeFileSync(`${TO}vendor.min.js`, `/*!\n${licences.replaceAll("*/", "* /")}*/\n${code}`);
