import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const filesIn = (folder) =>
  readdirSync(join(here, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(here.length + 1).replaceAll("\\", "/"));
const read = (file) => readFileSync(join(here, file));

/** Write what the bundle was built from, in `sha256sum` form, so that a stale bundle can be told. */
const recordSources = {
  name: "record-sources",
  closeBundle() {
    const sources = ["index.html", "package.json", "package-lock.json", "vite.config.js", ...filesIn("src")];
    const lines = sources.sort().map((file) => `${sha256(read(file))}  ${file}\n`);
    writeFileSync(join(here, "dist", "sources.sha256"), lines.join(""));
  },
};

export default defineConfig({
  base: "/playground/",
  define: {
    __JOBS_VERSION__: JSON.stringify(sha256(filesIn("src/jobs").sort().map(read).join("\0")).slice(0, 12)),
  },
  plugins: [recordSources],
  build: {
    // Every asset is a file of its own: the page's policy allows no data: scripts, workers or fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    license: { fileName: "LICENSES.md" },
    modulePreload: { polyfill: false },
    // Dependencies say "use client", which means something to server rendering only.
    rolldownOptions: {
      checks: { moduleLevelDirective: false },
      output: {
        // Ours apart from theirs: a changed tab then changes one small file and not the editor's megabytes.
        codeSplitting: { groups: [{ name: "vendor", test: /node_modules\/(?!monaco-|prettier)/ }] },
      },
    },
    sourcemap: false,
    target: "es2022",
  },
  worker: { format: "es" },
});
