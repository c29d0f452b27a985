// Drives the preview of scripts/claims with Chromium: a claim is entered, refused, mended, seen in the report, deleted.
//
// RAINWRIGHT_CLAIMS is the application's folder; browser.mjs says what else there is to name.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dg, launch, shot, start, stopAll } from "./browser.mjs";

const place = mkdtempSync(join(tmpdir(), "preview."));
const app = join(place, "claims");
const home = { ...process.env, RAINWRIGHT_HOME: join(place, "home") };

let base, browser, page;
const outside = [];

function run(...args) {
  const done = spawnSync(dg, args, { env: home, encoding: "utf8" });
  assert.equal(done.status, 0, `dg ${args.join(" ")}: ${done.stderr}`);
  return done.stdout.trim();
}

function query(text) {
  return run("app", "query", app, text);
}

async function picture(name) {
  await shot(page, `preview-${name}`);
}

before(async () => {
  cpSync(process.env.RAINWRIGHT_CLAIMS, app, { recursive: true });
  // What a hostile application would print.
  const overview = join(app, "pages", "overview.html");
  const hostile =
    '<script>document.title = "owned";</script><img src="https://elsewhere.invalid/x.png" onerror="document.title = \'owned\'">' +
    '<form method="post" action="/delete/Claim"><button id="steal" name="id" value="1">free</button></form>';
  writeFileSync(overview, readFileSync(overview, "utf8").replace("</table>", `</table>${hostile}`));
  run("app", "load", app, join(app, "seed.json"));
  base = (await start(["app", "serve", app, "--as-user", "ada@example.com", "--port", "0"], { env: home })).first;
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
  page.setDefaultTimeout(10_000);
  const foreign = (request) => !request.url().startsWith(base) && !request.url().startsWith("data:");
  page.on("requestfinished", (request) => foreign(request) && outside.push(request.url()));
  // A request that the policy of the page stops never leaves the browser.
  page.on("requestfailed", (request) => {
    if (foreign(request) && !/csp/i.test(request.failure().errorText)) outside.push(request.url());
  });
});

after(async () => {
  await picture("end");
  await browser?.close();
  stopAll();
  rmSync(place, { recursive: true, force: true });
});

const field = (name) => page.locator(`[data-field="${name}"]`);
// Leaves the field that is being filled in, and waits for what its events change on the page.
const submit = async (title) => {
  await page.locator("h1").click();
  await settled();
  await page.getByRole("button", { name: title }).click();
};
const settled = () => page.waitForFunction(() => !document.querySelector("form[aria-busy]"));

test("a claim is entered, refused, mended, seen and deleted", async () => {
  await page.goto(base);
  await picture("home");
  await page.getByRole("navigation").getByRole("link", { name: "Claims", exact: true }).click();
  // `on load` hid the total, shut the state and chose the owner.
  assert.equal(await field("Total").count(), 0);
  assert.equal(await field("State").locator("select").isDisabled(), true);
  assert.equal(await field("Owner").locator("select option:checked").textContent(), "Ada Lind");
  // A field rule hides the destination of a purchase, at once.
  await page.getByLabel("Purchase").check();
  await field("Destination").waitFor({ state: "detached" });
  await page.getByLabel("Travel").check();
  await field("Destination").waitFor();
  await page.getByRole("button", { name: "Add a row" }).first().click();
  await page.getByLabel("Item").fill("Train");
  await page.getByLabel("Price").fill("600");
  await page.getByLabel("Qty").fill("2");
  await page.getByLabel("Qty").blur();
  await settled();
  assert.equal(await page.getByLabel("Price").inputValue(), "600");
  await picture("form");
  await submit("Submit");
  assert.match(await field("Destination").locator(".wrong").textContent(), /Enter a value for Destination/);
  await picture("missing");
  await page.getByLabel("Destination").fill("Porto");
  await submit("Submit");
  assert.match(await page.locator(".refusal").textContent(), /Claims above 1000 are for managers/);
  await picture("refused");
  assert.equal(query("Claim[ID != 0].count()"), "0");
  assert.equal(query("Journal[ID != 0].count()"), "0", "what the validation wrote is undone");
  await page.getByLabel("Qty").fill("many");
  await submit("Submit");
  assert.match(await field("Lines").locator(".wrong").textContent(), /Qty/);
  assert.equal(await page.getByLabel("Qty").inputValue(), "many", "what was typed stays");
  await page.getByLabel("Price").fill("45.50");
  await page.getByLabel("Qty").fill("2");
  await submit("Submit");
  // The success script opens the report with a filter.
  await page.waitForURL(/\/report\/Claims\?No=100/);
  assert.match(await page.locator(".said").textContent(), /The claim is saved/);
  const row = page.locator("table.report tbody tr");
  assert.equal(await row.count(), 1);
  for (const text of ["100", "Ada Lind", "North", "Travel", "Porto", "Open"]) {
    assert.match(await row.textContent(), new RegExp(text));
  }
  await picture("report");
  assert.equal(query('Claim[No == 100].Total'), "91.00");

  // Edit: another owner by search, and a longer way.
  await row.getByRole("link", { name: "Edit" }).click();
  const owner = field("Owner");
  const found = page.waitForResponse((response) => response.url().includes("q=max"));
  await owner.getByRole("searchbox").fill("max");
  await (await found).finished();
  await page.waitForFunction(() => document.querySelector('[data-field="Owner"] select').options.length === 3);
  await owner.locator("select").selectOption({ label: "Max Roth" });
  await settled();
  await page.getByLabel("Destination").fill("Lagos & <b>back</b>");
  await submit("Update");
  await page.waitForURL(/\/report\/Claims/);
  assert.equal(query("Claim[No == 100].Owner.Mail"), "max@example.com");
  assert.match(await row.textContent(), /Lagos & <b>back<\/b>/, "values are text, not HTML");

  // Filters and order.
  await page.goto(`${base}/report/Claims`);
  await page.getByLabel("Destination").fill("lagos");
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(await row.count(), 1);
  await page.getByLabel("Destination").fill("nowhere");
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(await row.count(), 0);
  await page.getByRole("link", { name: "Clear" }).click();
  await page.getByRole("columnheader", { name: "No" }).getByRole("link").click();
  assert.equal(await page.locator('th[aria-sort="ascending"]').count(), 1);

  // The page of the application links to the record.
  await page.getByRole("link", { name: "Overview" }).click();
  assert.match(await page.locator("main").textContent(), /1 open claims/);
  await picture("page");
  await page.getByRole("link", { name: "100" }).click();
  await page.waitForURL(/\/form\/Claim\/\d+$/);

  // An action of the report, then the claim is gone.
  await page.goto(`${base}/report/Claims`);
  await row.getByRole("button", { name: "Approve" }).click();
  assert.match(await page.locator(".said").textContent(), /Done/);
  assert.equal(query("Claim[No == 100].State"), "Approved");
  page.once("dialog", (dialog) => dialog.accept());
  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No records.").waitFor();
  assert.match(await page.locator(".said").textContent(), /Deleted/);
  assert.equal(query("Claim[ID != 0].count()"), "0");
});

test("records come in pages", async () => {
  const teams = Array.from({ length: 45 }, (_, at) => ({ Code: `T${at}` }));
  const file = join(place, "teams.json");
  writeFileSync(file, JSON.stringify({ Team: teams }));
  run("app", "load", app, file);
  await page.goto(`${base}/records/Team`);
  const rows = page.locator("table.report tbody tr");
  assert.equal(await rows.count(), 20);
  const first = await rows.first().textContent();
  await page.getByRole("link", { name: "Next" }).click();
  assert.equal(await rows.count(), 20);
  assert.notEqual(await rows.first().textContent(), first);
  assert.match(await page.locator(".pages").textContent(), /21–40 of 47/);
});

test("a hostile application runs nothing in the browser and reaches nothing", async () => {
  await page.goto(`${base}/page/Overview`);
  await page.waitForTimeout(300);
  assert.match(await page.title(), /^Overview/);
  await page.locator("#steal").click();
  // It lacks the token.
  assert.match(await page.locator("main").textContent(), /could not be read/);
  assert.deepEqual(outside, [], "nothing was loaded from elsewhere");
  const ask = (path, options) =>
    new Promise((found, failed) => {
      const request = http.request(base + path, options, (answer) => {
        answer.resume();
        answer.on("end", () => found(answer.statusCode));
      });
      request.on("error", failed);
      request.end(options.body);
    });
  assert.equal(await ask("/", { headers: { host: "rebound.example" } }), 421);
  const posted = { method: "POST", headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--\r\n" };
  assert.equal(await ask("/delete/Claim", posted), 403);
  const foreign = { ...posted, headers: { ...posted.headers, origin: "https://evil.example" } };
  assert.equal(await ask("/delete/Claim", foreign), 421);
});
