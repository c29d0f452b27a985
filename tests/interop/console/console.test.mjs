// The console in Chromium, against the sandbox's login pages: the five steps of making connections, and what follows.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessible, launch, run, shot, start, stopAll } from "./browser.mjs";

const root = process.env.RAINWRIGHT_ROOT ?? join(dirname(fileURLToPath(import.meta.url)), "../../..");
const place = mkdtempSync(join(tmpdir(), "console-"));
const env = { ...process.env, RAINWRIGHT_HOME: join(place, "home") };
const project = join(place, "project");
let sandbox, console_, browser, page;
const errors = [];

before(async () => {
  mkdirSync(project);
  cpSync(join(root, "scripts/mailchimp"), join(project, "functions"), { recursive: true });
  sandbox = await start(["sandbox"], { env });
  console_ = await start(["console", "functions", "--port", "0", "--no-browser", "--sandbox-at", sandbox.first], { env, cwd: project });
  browser = await launch();
  page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  page.setDefaultTimeout(30_000);
});

after(async () => {
  await browser?.close();
  stopAll();
  rmSync(place, { recursive: true, force: true });
});

const at = (path) => new URL(path, console_.first).href;
const flash = () => page.locator(".flash").first().textContent();
const save = (name) => page.getByRole("button", { name, exact: true }).click();

// On the provider's page; it is the sandbox's.
async function agree(provider) {
  await page.getByRole("link", { name: `Proceed to ${provider}` }).click();
  assert.ok(page.url().startsWith(sandbox.first), page.url());
  await page.getByRole("button", { name: "Allow", exact: true }).click();
}

test("the link of the terminal lets one browser in, once", async () => {
  await page.goto(at("/connections"));
  assert.match(page.url(), /\/login$/);
  await accessible(page, "sign in");
  await page.goto(console_.first);
  assert.match(page.url(), /\/connections$/);
  assert.match(await page.textContent("main"), /No connection yet/);
  await accessible(page, "empty list");
  await shot(page, "1-empty");
  const other = await (await browser.newContext()).newPage();
  await other.goto(console_.first);
  assert.match(await other.textContent("main"), /used before/);
});

test("step 2: a custom service with OAuth 2.0, through the provider's consent", async () => {
  await page.goto(at("/connections"));
  await page.getByRole("link", { name: "Custom service" }).click();
  await accessible(page, "custom service");
  await shot(page, "2-custom");
  assert.equal(await page.getByLabel("Redirect URL").inputValue(), at("/oauth/callback"));
  await page.getByLabel("Service name").fill("MailChimp");
  await page.getByLabel("Address of its API").fill("https://{dc}.api.mailchimp.com");
  await page.getByLabel("Client ID", { exact: true }).fill("sandbox-client");
  await page.getByLabel(/^Client secret/).fill("sandbox-secret");
  await page.getByLabel("Authorize URL").fill("https://login.mailchimp.com/oauth2/authorize?");
  await page.getByLabel("Access token URL").fill("https://login.mailchimp.com/oauth2/token");
  await page.getByLabel("Further parameters").fill("access_type=offline");
  await page.getByLabel("Connection name").fill("News from MailChimp");
  assert.equal(await page.getByLabel("Link name", { exact: true }).inputValue(), "news_from_mailchimp");
  await page.getByLabel("Values in addresses").fill("dc=us6");
  await save("Create and connect");
  await accessible(page, "proceed");
  await shot(page, "3-proceed");
  const consent = new URL(await page.getByRole("link", { name: "Proceed to MailChimp" }).getAttribute("href"));
  assert.equal(consent.searchParams.get("code_challenge_method"), "S256");
  assert.equal(consent.searchParams.get("access_type"), "offline");
  assert.equal(consent.searchParams.get("redirect_uri"), at("/oauth/callback"));
  await agree("MailChimp");
  assert.match(await flash(), /Connected to MailChimp/);
  const facts = await page.textContent("main");
  assert.match(facts, /news_from_mailchimp/);
  assert.match(facts, /connection:"news_from_mailchimp"/);
  assert.match(await page.locator(".head .badge").textContent(), /Connected/);
  await accessible(page, "a connection");
  await shot(page, "4-connection");
  const file = readFileSync(join(project, "functions/services/mailchimp_2.toml"), "utf8");
  assert.ok(!file.includes("sandbox-secret") && file.includes("access_type"), file);
});

test("step 3: the custom service is picked for a further connection, with the same application", async () => {
  await page.goto(at("/connections/pick?q=mailchimp"));
  assert.match(await page.textContent("main"), /Your own services/);
  await page.getByRole("link", { name: /^MailChimp/ }).click();
  await page.getByLabel("Connection name").fill("Second");
  await page.getByLabel("dc", { exact: true }).fill("us6");
  await save("Create and connect");
  await agree("MailChimp");
  assert.match(await page.textContent("main"), /connection:"second"/);
});

test("steps 3 and 4: the ready-made MailChimp, found among 200 services", async () => {
  await page.goto(at("/connections/pick"));
  await accessible(page, "all services");
  await shot(page, "5-services");
  assert.ok(await page.locator(".tiles a").count() >= 200);
  await page.getByRole("link", { name: /^Marketing/ }).click();
  await page.getByRole("searchbox").fill("mailch");
  await save("Search");
  await page.getByRole("link", { name: /^Mailchimp/ }).first().click();
  await accessible(page, "connect to a service");
  await shot(page, "6-connect");
  assert.equal(await page.getByLabel("Link name", { exact: true }).inputValue(), "mailchimp");
  await page.getByLabel("Client ID", { exact: true }).fill("sandbox-client");
  await page.getByLabel(/^Client secret/).fill("wrong-secret");
  await save("Create and connect");
  await agree("Mailchimp");
  assert.match(await flash(), /gave no token/);
  assert.match(await page.locator(".head .badge").textContent(), /Not connected/);
  await shot(page, "7-failed");
  await page.getByRole("link", { name: "Connect", exact: true }).click();
  await page.getByText("Use another application").click();
  await page.getByLabel(/^Client ID/).fill("sandbox-client");
  await page.getByLabel(/^Client secret/).fill("sandbox-secret");
  await save("Connect again");
  await agree("Mailchimp");
  assert.match(await page.locator(".head .badge").textContent(), /Connected/);
  assert.match(await page.textContent("main"), /https:\/\/us\d+\.api\.mailchimp\.com\/3\.0\/ping/);
  await save("Test");
  assert.match(await flash(), /It works/);
});

test("a consent that is denied says so, and changes nothing", async () => {
  await page.goto(at("/connections/reconnect?name=mailchimp"));
  await save("Connect again");
  await page.getByRole("link", { name: "Proceed to Mailchimp" }).click();
  await page.getByRole("button", { name: "Deny", exact: true }).click();
  assert.match(await flash(), /denied|refused/i);
  assert.match(await page.locator(".head .badge").textContent(), /Connected/);
});

test("custom OAuth 1.0: three legs, and signed calls", async () => {
  await page.goto(at("/connections/custom?kind=oauth1"));
  await accessible(page, "custom OAuth 1.0");
  await page.getByLabel("Service name").fill("Old Signatures");
  await page.getByLabel("Address of its API").fill("https://oauth1.example.com");
  await page.getByLabel("Client ID (consumer key)").fill("sandbox-client");
  await page.getByLabel("Client secret (consumer secret)").fill("sandbox-secret");
  await page.getByLabel("Request token URL").fill("https://oauth1.example.com/request_token");
  await page.getByLabel("Authorize URL").fill("https://oauth1.example.com/authorize");
  await page.getByLabel("Access token URL").fill("https://oauth1.example.com/access_token");
  await page.getByLabel("Connection name").fill("Signed");
  await save("Create and connect");
  await agree("Old Signatures");
  assert.match(await page.textContent("main"), /connection:"signed"/);
  assert.match(await page.locator(".head .badge").textContent(), /Connected/);
});

test("custom Basic: a user name and a password, no consent page", async () => {
  await page.goto(at("/connections/custom?kind=basic"));
  await page.getByLabel("Service name").fill("Remote Support");
  await page.getByLabel("Address of its API").fill("https://support.example.com");
  await page.getByLabel("User name").fill("support");
  await page.getByLabel("Password").fill("sandbox:pässword");
  await page.getByLabel("Connection name").fill("Desk");
  await save("Create and connect");
  assert.match(await flash(), /Connected to Remote Support/);
  assert.match(await page.textContent("main"), /connection:"desk"/);
});

test("Zoho's own products, with scopes to tick", async () => {
  await page.goto(at("/connections/pick/zoho_crm"));
  await page.getByLabel("ZohoCRM.modules.ALL").check();
  await page.getByLabel(/^Client ID/).fill("sandbox-client");
  await page.getByLabel(/^Client secret/).fill("sandbox-secret");
  await shot(page, "8-scopes");
  await save("Create and connect");
  await agree("Zoho CRM");
  assert.match(await page.textContent("main"), /ZohoCRM\.modules\.ALL/);
});

test("step 5: functions use the connections that were made here", async () => {
  const script = join(project, "functions/try.dg");
  writeFileSync(script, `signed = invokeurl [ url: "https://oauth1.example.com/me" type: GET connection: "signed" detailed: true ];
desk = invokeurl [ url: "https://support.example.com/api/sessions" type: GET connection: "desk" detailed: true ];
own = invokeurl [ url: "https://{dc}.api.mailchimp.com/3.0/ping" type: GET connection: "news_from_mailchimp" detailed: true ];
info signed.get("responseCode") + " " + desk.get("responseCode") + " " + own.get("responseCode");
`);
  const at_ = ["--sandbox-at", sandbox.first];
  const tried = await run(["run", "functions/try.dg", ...at_], { env, cwd: project });
  assert.match(tried.out + tried.notes, /200 200 200/);
  // From MailChimp to the CRM, and from the CRM to MailChimp.
  const there = await run(["run", "functions/campaign_to_crm.dg", ...at_], { env, cwd: project });
  assert.equal(there.code, 0, there.notes);
  assert.match(there.out, /"failed":0/);
  const back = await run(["run", "functions/subscribe_lead.dg", "--arg", "lead_id=1001", ...at_], { env, cwd: project });
  assert.equal(back.code, 0, back.notes);
  // The page runs it as well.
  await page.goto(at("/functions"));
  await accessible(page, "functions");
  await shot(page, "9-functions");
  await page.getByRole("link", { name: /^campaign_to_crm/ }).click();
  await save("Run");
  await accessible(page, "a function");
  await shot(page, "10-function");
  assert.match(await page.textContent("main"), /MailChimp has \d+ campaigns that were sent/);
  // What the run did outside, once as its outcome and once in the list of runs.
  const effects = page.locator("table").filter({ hasText: "api.mailchimp.com/3.0/reports" });
  assert.equal(await effects.count(), 2);
  assert.match(await page.textContent("main"), /Runs in this console/);
  await save("Try with made-up values");
  await accessible(page, "a function that was tried");
  await shot(page, "10-tried");
  assert.match(await page.textContent("main"), /What happened[\s\S]*campaign_to_crm\.dg: finished/);
});

test("the sandbox: its records, calls and faults", async () => {
  await page.goto(at("/sandbox"));
  await accessible(page, "sandbox");
  await page.getByText(/^crm \(/).click();
  await page.getByRole("link", { name: "Leads", exact: true }).first().click();
  assert.match(await page.textContent("main"), /ada\.lindqvist@example\.com/);
  assert.match(await page.textContent("main"), /GET \/mailchimp-api\/3\.0\/reports|3\.0\/reports/);
  await shot(page, "10-sandbox");
  await page.getByLabel("Service", { exact: false }).first().fill("mailchimp");
  await page.getByLabel("How often").fill("9");
  await save("Let it happen");
  assert.match(await page.textContent("main"), /"service":"mailchimp"/);
  await page.goto(at("/functions/campaign_to_crm"));
  await save("Run");
  assert.match(await page.textContent("main"), /503/);
  await page.goto(at("/sandbox"));
  await save("Behave again");
  assert.match(await flash(), /No faults/);
  await page.getByLabel("Status").fill("many");
  await save("Let it happen");
  assert.match(await flash(), /no whole number/);
});

test("what was done is in the history, and where it is used", async () => {
  await page.goto(at("/connections/view?name=mailchimp"));
  const text = await page.textContent("main");
  assert.match(text, /campaign_to_crm\.dg:\d+/);
  assert.match(text, /api\.mailchimp\.com\/3\.0\/reports/);
  assert.match(text, /tested/);
  await shot(page, "11-history");
});

test("revoke, then reconnect; rename, switch off, delete", async () => {
  await page.getByText("Revoke", { exact: true }).first().click();
  await page.locator("details[open]").getByRole("button", { name: "Revoke" }).click();
  assert.match(await page.locator(".head .badge").textContent(), /Revoked/);
  await shot(page, "12-revoked");
  await accessible(page, "revoked");
  const stopped = await run(["run", "functions/campaign_to_crm.dg", "--sandbox-at", sandbox.first], { env, cwd: project });
  // The script goes on without what it cannot reach, and says why.
  assert.match(stopped.out, /"error":".*was revoked/, stopped.notes);
  await page.getByRole("link", { name: "Reconnect" }).click();
  await save("Connect again");
  await agree("Mailchimp");
  assert.match(await page.locator(".head .badge").textContent(), /Connected/);
  await page.getByText("Switch off", { exact: true }).first().click();
  await page.locator("details[open]").getByRole("button", { name: "Switch off" }).click();
  assert.match(await page.locator(".head .badge").textContent(), /Switched off/);
  await save("Switch on");
  await page.locator("summary").getByText("Link name", { exact: true }).click();
  await page.locator("details[open]").getByLabel("Link name").fill("chimp");
  await save("Rename");
  assert.match(await page.textContent("main"), /connection:"chimp"/);
  await page.locator("summary").getByText("Delete", { exact: true }).click();
  await save("Delete for good");
  assert.match(await flash(), /Deleted chimp/);
  await accessible(page, "list");
  await shot(page, "13-list");
});

test("a consent link: somebody else connects an account, once, and a webhook learns of it", async () => {
  const told = [];
  const hook = http.createServer((request, response) => {
    let body = "";
    request.on("data", (data) => { body += data; });
    request.on("end", () => { told.push({ headers: request.headers, body }); response.end(); });
  });
  await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const webhook = `http://127.0.0.1:${hook.address().port}/hook`;
  const made = await run(
    ["connect", "zoho_crm", "--link", "--user", "ann", "--scope", "ZohoCRM.modules.ALL", "--webhook", webhook, "--console", at("/"),
      "--sandbox-at", sandbox.first], { env, cwd: project });
  assert.equal(made.code, 0, made.notes);
  const link = made.out.trim();
  assert.ok(!made.notes.includes("sandbox-secret"));
  const guest = await (await browser.newContext()).newPage();
  await guest.goto(link);
  await accessible(guest, "consent link");
  await shot(guest, "14-consent-link");
  assert.match(await guest.textContent("main"), /This link is for ann/);
  await guest.getByRole("button", { name: "Continue" }).click();
  await guest.getByRole("link", { name: "Proceed to Zoho CRM" }).click();
  await guest.getByRole("button", { name: "Allow", exact: true }).click();
  assert.match(await guest.textContent("main"), /Connected to Zoho CRM/);
  await accessible(guest, "thanks");
  await shot(guest, "15-thanks");
  await guest.goto(at("/connections"));
  assert.match(guest.url(), /\/login$/);
  await guest.goto(link);
  assert.match(await guest.textContent("main"), /does not work any more/);
  const listed = await run(["connections", "list", "--json"], { env, cwd: project });
  const anns = JSON.parse(listed.out).find(({ name, subject }) => name === "zoho_crm" && subject === "ann");
  assert.equal(anns.status, "connected");
  for (let waited = 0; told.length === 0 && waited < 300; waited++) await new Promise((resolve) => setTimeout(resolve, 100));
  hook.close();
  const { headers, body } = told[0];
  const secret = JSON.parse(readFileSync(join(env.RAINWRIGHT_HOME, "webhook-secret.json"), "utf8"));
  const mac = createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"));
  mac.update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  assert.equal(headers["webhook-signature"], `v1,${mac.digest("base64")}`);
  const { type, data } = JSON.parse(body);
  assert.deepEqual([type, data.connection, data.subject], ["connection.connected", "zoho_crm", "ann"]);
});

test("it is read in the dark, on a phone, and without script", async () => {
  const phone = await browser.newContext({ viewport: { width: 375, height: 740 }, colorScheme: "dark", javaScriptEnabled: true });
  await phone.addCookies(await page.context().cookies());
  const small = await phone.newPage();
  for (const path of ["/connections", "/connections/view?name=signed", "/connections/custom", "/connections/pick/github"]) {
    await small.goto(at(path));
    await accessible(small, `dark ${path}`);
    const wide = await small.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
    await shot(small, `phone${path.replaceAll(/\W+/g, "-")}`);
  }
  const plain = await browser.newContext({ javaScriptEnabled: false });
  await plain.addCookies(await page.context().cookies());
  const still = await plain.newPage();
  await still.goto(at("/connections/view?name=desk"));
  await still.getByRole("button", { name: "Test", exact: true }).click();
  assert.match(await still.textContent(".flash"), /credentials are there|works/);
});

test("no page broke its policy or threw", () => {
  // A message that was sent and refused is an error of the browser's console as well.
  const own = errors.filter((error) => !/status of 4\d\d/.test(error));
  assert.deepEqual(own, []);
});
