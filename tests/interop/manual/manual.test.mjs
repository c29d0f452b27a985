// The manual in Chromium: as files and served, searched with the keyboard, light and dark.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { accessible, launch, run, start, stopAll } from "./browser.mjs";

const folder = mkdtempSync(join(tmpdir(), "manual ü "));
let browser;

before(async () => {
  const made = await run(["doc", "--html", folder]);
  assert.equal(made.code, 0, made.notes);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  stopAll();
  rmSync(folder, { recursive: true });
});

// Searches on a page, and goes to the first place found.
async function search(page, words) {
  await page.keyboard.press("/");
  await page.keyboard.type(words);
  await page.waitForSelector("#found [aria-selected=true]");
  const first = await page.textContent("#found [aria-selected=true] b");
  const before = page.url();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.href !== before);
  await page.waitForLoadState();
  return first;
}

for (const how of ["files", "server"]) {
  test(`the manual as ${how}: search, links, no error`, async () => {
    const base = how === "files" ? pathToFileURL(folder).toString() : (await start(["doc", "--serve", "--port", "0"])).first;
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`${base}/guide/start.html`);
    assert.equal(await search(page, "toUpperCase"), "toUpperCase");
    assert.match(page.url(), /reference\/text\.html#touppercase$/);
    assert.equal(await page.textContent("h2:target, h3:target").then((text) => text.replace("#", "").trim()), "toUpperCase");
    assert.match(await search(page, "chaos half changed"), /./);
    await page.keyboard.press("/");
    await page.keyboard.type("nosuchwordanywhere");
    await page.waitForSelector("#found .none");
    await page.keyboard.press("Escape");
    assert.equal(await page.isHidden("#found"), true);
    await page.click("nav.contents a:has-text('First steps')");
    assert.equal(await page.textContent("h1"), "First steps");
    await page.click("a[rel=next]");
    assert.notEqual(await page.textContent("h1"), "First steps");
    assert.deepEqual(errors, []);
    await page.close();
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`the pages can be read by everybody, ${colorScheme}`, async () => {
    const page = await browser.newPage({ colorScheme });
    for (const name of ["index.html", "guide/tests.html", "reference/statements.html", "reference/lints/e5019.html"]) {
      await page.goto(pathToFileURL(join(folder, name)).toString());
      await accessible(page, `manual ${colorScheme} ${name}`);
    }
    await page.close();
  });
}
