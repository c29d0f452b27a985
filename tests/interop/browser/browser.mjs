// What the browser tests share: Chromium, programs that end with the test, and a check for accessibility.
//
// RAINWRIGHT_DG names the program, RAINWRIGHT_CHROMIUM the browser unless it is the system's, RAINWRIGHT_SHOTS a folder for
// screenshots, if there are to be any. Nothing but 127.0.0.1 is reached.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const dg = process.env.RAINWRIGHT_DG;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const running = new Set();

// Starts `dg` with arguments; gives its first line of stdout once it is there, and the lines of stderr as they come. With
// `waits: false` nothing is waited for.
export async function start(args, options = {}) {
  const child = spawn(dg, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const notes = [];
  createInterface({ input: child.stderr }).on("line", (line) => notes.push(line));
  const lines = createInterface({ input: child.stdout });
  if (options.waits === false) return { child, notes };
  const first = await new Promise((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`dg ${args.join(" ")} ended with ${code}:\n${notes.join("\n")}`)));
    child.once("error", reject);
  });
  return { child, first, notes };
}

// Runs `dg` to its end.
export async function run(args, options = {}) {
  const child = spawn(dg, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(options.input ?? "");
  let out = "", notes = "";
  child.stdout.on("data", (data) => { out += data; });
  child.stderr.on("data", (data) => { notes += data; });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, out, notes };
}

export function stopAll() {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}

// A browser that finds no other machine.
export async function launch() {
  const places = [process.env.RAINWRIGHT_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error("There is no Chromium. Install it, or name one with RAINWRIGHT_CHROMIUM.");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
  });
}

// A picture of the page, where pictures are wanted.
export async function shot(page, name) {
  const folder = process.env.RAINWRIGHT_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

// Fails when axe finds something serious, by the rules of WCAG 2.2 at level AA.
export async function accessible(page, name) {
  // The page's own policy allows no script that is not its file; this runs beside it, as a developer's tools do.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((n) => n.target.join(" ")).slice(0, 3) }));
  });
  const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  if (serious.length > 0) throw new Error(`${name}: ${JSON.stringify(serious, null, 2)}`);
  return found;
}
