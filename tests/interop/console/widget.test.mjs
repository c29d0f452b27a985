// Widgets in Chromium: one that uses all parts of the SDK against the sandbox, and one that reaches for what is not its own.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, launch, run, shot, start, stopAll } from "./browser.mjs";

const place = mkdtempSync(join(tmpdir(), "widget-"));
const env = { ...process.env, RAINWRIGHT_HOME: join(place, "home") };
let browser;

before(async () => { browser = await launch(); });
after(async () => {
  await browser?.close();
  stopAll();
  rmSync(place, { recursive: true, force: true });
});

// A project as `zet` lays it out, whose page runs a script and writes what comes of it into itself.
function project(name, manifest, script, sdk = "https://live.zwidgets.com/js-sdk/1.2/ZohoEmbededAppSDK.min.js") {
  const folder = join(place, name);
  mkdirSync(join(folder, "app/js"), { recursive: true });
  mkdirSync(join(folder, "functions"));
  mkdirSync(join(folder, "connectors"));
  writeFileSync(join(folder, "plugin-manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "app/widget.html"), `<!DOCTYPE html><html lang="en"><head><title>${name}</title>
    <script src="${sdk}"></script></head><body><pre id="out"></pre><script src="js/main.js"></script></body></html>`);
  writeFileSync(join(folder, "app/js/main.js"), `const out = {};
    const tell = (name, value) => { out[name] = value ?? null; document.getElementById("out").textContent = JSON.stringify(out); };
    const tries = async (name, work) => { try { tell(name, await work()); } catch (e) { tell(name, { failed: e?.code ?? String(e), message: e?.message }); } };
    (async () => { ${script} tell("done", true); })();`);
  return folder;
}

// Starts it, opens its page, allows what is ticked, and gives what the widget wrote.
async function show(folder, args, tick, name) {
  const served = await start(["widget", "serve", folder, "--port", "0", "--no-browser", ...args], { env });
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(served.first);
  await page.getByRole("heading", { name: /What may/ }).waitFor();
  await accessible(page, `${name}: permissions`);
  await shot(page, `${name}-1-permissions`);
  for (const label of tick) await page.getByLabel(label).check();
  await page.getByRole("button", { name: "Allow what is ticked" }).click();
  const frame = page.frameLocator("#widget");
  const out = async () => JSON.parse((await frame.locator("#out").textContent()) || "{}");
  for (const until = Date.now() + 20_000; ;) {
    const told = await out();
    if (told.done) break;
    assert.ok(Date.now() < until, `${name}: ${JSON.stringify(told)} ${errors.join("\n")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { served, page, frame, told: await out(), errors };
}

test("a widget of CRM: records, functions, connections, servers, connectors, and the page around it", async () => {
  const folder = project("leads", { service: "CRM", usedConnections: [{ connectionLinkName: "mailchimp" }], whiteListedDomains: ["https://oauth1.example.com"] }, `
    ZOHO.embeddedApp.on("PageLoad", (data) => tell("page", data));
    await ZOHO.embeddedApp.init();
    const { API, CONFIG, META, FUNCTIONS, CONNECTION, HTTP, CONNECTOR, UI } = ZOHO.CRM;
    await tries("lead", async () => (await API.getRecord({ Entity: "Leads", RecordID: "1001" })).data[0].Email);
    await tries("added", async () => (await API.insertRecord({ Entity: "Leads", APIData: { Last_Name: "Åkesson", Email: "a@example.com" }, Trigger: [] })).data[0].code);
    await tries("found", async () => (await API.searchRecord({ Entity: "Leads", Type: "email", Query: "a@example.com" })).data[0].Last_Name);
    await tries("query", async () => (await API.coql({ select_query: "select Last_Name from Leads where Email = 'a@example.com'" })).data.length);
    await tries("note", async () => (await API.addNotes({ Entity: "Leads", RecordID: "1001", Title: "T", Content: "C" })).data[0].status);
    await tries("file", async () => (await API.attachFile({ Entity: "Leads", RecordID: "1001", File: { Name: "a.txt", Content: new File(["hello"], "a.txt", { type: "text/plain" }) } })).data[0].status);
    await tries("none", async () => (await API.searchRecord({ Entity: "Leads", Type: "email", Query: "nobody@example.com" })).statusText);
    await tries("user", async () => (await CONFIG.getCurrentUser()).users[0].email);
    await tries("fields", async () => (await META.getFields({ Entity: "Leads" })).fields.length > 10);
    await tries("function", async () => (await FUNCTIONS.execute("double", { arguments: JSON.stringify({ number: "21" }) })).details.output);
    await tries("connection", async () => (await CONNECTION.invoke("mailchimp", { url: "https://{dc}.api.mailchimp.com/3.0/ping", method: "GET", param_type: 1 })).details.statusMessage.health_status);
    await tries("other", () => CONNECTION.invoke("twilio", { url: "https://api.twilio.com/", method: "GET" }));
    await tries("http", async () => typeof (await HTTP.get({ url: "https://oauth1.example.com/me" })));
    await tries("elsewhere", () => HTTP.get({ url: "https://evil.example/" }));
    await tries("connector", async () => JSON.parse((await CONNECTOR.invokeAPI("ext.news.ping", { VARIABLES: { what: "ping" } })).response).health_status);
    await tries("resize", () => UI.Resize({ height: 700, width: 500 }));
    await tries("message", () => UI.Popup.showMessage({ message: "<b>All done</b>" }));
  `);
  writeFileSync(join(folder, "functions/double.dg"), "string standalone.double(int number)\n{\n\treturn number * 2;\n}\n");
  writeFileSync(join(folder, "connectors/news.toml"), 'connection = "mailchimp"\n[api.ping]\nmethod = "GET"\nurl = "https://{dc}.api.mailchimp.com/3.0/${what}"\n');
  assert.equal((await run(["widget", "validate", folder], { env })).code, 0);
  const args = ["--own-sdk", "--sandbox", "--functions", join(folder, "functions"), "--connectors", join(folder, "connectors"), "--record", "1001"];
  const tick = [/records, settings/, /your connection mailchimp/, /Run your functions/, /connector news/, /Call oauth1/];
  const { page, told, errors } = await show(folder, args, tick, "crm");
  const expected = {
    page: { Entity: "Leads", EntityId: ["1001"], ButtonPosition: "DetailView" },
    lead: "ada.lindqvist@example.com", added: "SUCCESS", found: "Åkesson", query: 1, note: "success", file: "success", none: "nocontent",
    user: told.user, fields: true, function: "42", connection: "Everything's Chimpy!", http: "string", connector: "Everything's Chimpy!",
    resize: true, message: true, done: true,
  };
  const { other, elsewhere, ...rest } = told;
  assert.deepEqual(rest, expected);
  assert.match(told.user, /@/);
  assert.equal(other.failed, "NOT_ALLOWED");
  assert.equal(elsewhere.failed, "NOT_ALLOWED");
  assert.match(await page.locator("#widget-message").textContent(), /<b>All done<\/b>/);
  assert.equal(await page.locator("#widget").evaluate((frame) => frame.style.height), "700px");
  await accessible(page, "widget");
  await shot(page, "crm-2-widget");
  assert.deepEqual(errors, []);
});

test("a widget of Creator", async () => {
  const folder = project("orders", { service: "CREATOR", cspDomains: { "connect-src": [] }, config: [] }, `
    const { DATA, UTIL } = ZOHO.CREATOR;
    await tries("init", async () => (await UTIL.getInitParams()).appLinkName);
    await tries("added", async () => (await DATA.addRecords({ form_name: "Order", payload: { data: { Item: "Hat" } } })).code);
    await tries("found", async () => (await DATA.getRecords({ report_name: "All_Orders" })).data.some((order) => order.Item === "Hat"));
    await tries("count", async () => Number((await DATA.getRecordCount({ report_name: "All_Orders" })).result.records_count) > 0);
    await tries("api", async () => (await DATA.invokeCustomApi({ api_name: "double", http_method: "POST", payload: { number: "4" } })).result);
  `, "https://js.zohostatic.com/creator/widgets/version/2.0/widgetsdk-min.js");
  writeFileSync(join(folder, "functions/double.dg"), "string standalone.double(int number)\n{\n\treturn number * 2;\n}\n");
  const args = ["--sandbox", "--app", "acme/shop", "--functions", join(folder, "functions")];
  const { told } = await show(folder, args, [/Creator applications/, /Run your functions/], "creator");
  assert.deepEqual(told, { init: "shop", added: 3000, found: true, count: true, api: "8", done: true });
});

test("dg widget new: a project that is accepted, and whose example works", async () => {
  for (const [kind, name, tick, about, asked] of [
    ["crm", "lead_news", [/records, settings/, /your connection mailchimp/, /Run your functions/], /Opened for .*Lindqvist/, "Hello Ada Lindqvist, from a function."],
    ["creator", "order_news", [/Run your functions/], /the application shop/, "Hello Creator, from a function."],
  ]) {
    const folder = join(place, name);
    assert.equal((await run(["widget", "new", folder, "--kind", kind], { env })).code, 0);
    assert.equal((await run(["widget", "validate", folder], { env })).notes, "Nothing is wrong.\n");
    assert.notEqual((await run(["widget", "new", folder], { env })).code, 0);
    const args = ["--own-sdk", "--sandbox", "--functions", join(folder, "functions"), "--record", "1001", "--app", "acme/shop"];
    const served = await start(["widget", "serve", folder, "--port", "0", "--no-browser", ...args], { env });
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(served.first);
    for (const label of tick) await page.getByLabel(label).check();
    await page.getByRole("button", { name: "Allow what is ticked" }).click();
    const frame = page.frameLocator("#widget");
    await frame.locator("#about", { hasText: about }).waitFor();
    await frame.getByRole("button", { name: "Run the function greet" }).click();
    await frame.locator("#answer", { hasText: asked }).waitFor();
    await frame.getByRole("button", { name: "Ask MailChimp" }).click();
    await frame.locator("#answer", { hasText: "Everything's Chimpy!" }).waitFor();
    await accessible(page, `new ${kind}`);
    await shot(page, `new-${kind}`);
    served.child.kill("SIGKILL");
  }
});

test("widgets of finance and of Desk: the record of the page, and requests", async () => {
  const books = project("invoices", { service: "FINANCE", usedConnections: [{ connectionLinkName: "mailchimp" }], modules: { widgets: [{ location: "invoice.details.sidebar", name: "News", url: "/app/widget.html" }] } }, `
    await ZFAPPS.extension.init();
    await tries("organization", async () => typeof (await ZFAPPS.get("organization")).organization.organization_id);
    await tries("record", () => ZFAPPS.get("invoice"));
    await tries("request", async () => JSON.parse((await ZFAPPS.request({ url: "https://{dc}.api.mailchimp.com/3.0/ping", method: "GET", connection_link_name: "mailchimp" })).data.body).health_status);
    await tries("other", () => ZFAPPS.request({ url: "https://bank.example/", method: "GET", connection_link_name: "bank" }));
    await tries("set", async () => (await ZFAPPS.set("invoice.notes", "<i>x</i>")).status);
  `, "https://js.zohostatic.com/zohofinance/v2.0/zf_sdk.js");
  const seen = await show(books, ["--sandbox", "--record", "no-such-invoice"], [/in your Books/, /your connection mailchimp/], "finance");
  const { record, other, ...rest } = seen.told;
  assert.deepEqual(rest, { organization: "string", request: "Everything's Chimpy!", set: "success", done: true });
  assert.ok(record.failed !== undefined, JSON.stringify(record));
  assert.equal(other.failed, "NOT_ALLOWED");
  assert.match(await seen.page.locator("#widget-message").textContent(), /set invoice\.notes: "<i>x<\/i>"/);
  const desk = project("tickets", { service: "DESK", usedConnections: [{ connectionLinkName: "mailchimp" }], modules: { widgets: [{ location: "desk.ticket.detail.rightpanel", name: "News", url: "/app/widget.html" }] } }, `
    await ZOHODESK.extension.onload();
    const sent = { url: "https://{dc}.api.mailchimp.com/3.0/ping", type: "GET", connectionLinkName: "mailchimp" };
    await tries("json", async () => (await ZOHODESK.request({ ...sent, responseType: "json" })).data.statusMessage.health_status);
    await tries("text", async () => JSON.parse(JSON.parse(await ZOHODESK.request(sent)).response).health_status);
    await tries("ticket", () => ZOHODESK.get("ticket.subject"));
    await tries("notify", async () => (await ZOHODESK.notify({ title: "Done" })).status);
  `, "https://js.zohostatic.com/support/desk-extension-sdk.js");
  const { told: { ticket, ...told } } = await show(desk, ["--sandbox"], [/in your Desk/, /your connection mailchimp/], "desk");
  assert.deepEqual(told, { json: "Everything's Chimpy!", text: "Everything's Chimpy!", notify: "success", done: true });
  assert.match(ticket.message, /--record/);
});

test("a hostile widget gets nothing of the page around it, of the console, or of another origin", async () => {
  const console_ = await start(["console", "--port", "0", "--no-browser"], { env });
  const consoleAt = new URL(console_.first).origin;
  const folder = project("hostile", { service: "CRM" }, `
    const host = new URLSearchParams(location.search).get("serviceOrigin");
    await tries("parent", () => window.parent.document.title);
    await tries("token", () => window.parent.document.querySelector("#widget").dataset.token);
    await tries("cookie", () => { document.cookie = "a=b"; return document.cookie; });
    for (const [name, url] of [["hostPage", host + "/permissions"], ["console", "${consoleAt}/connections"], ["private", "http://127.0.0.1:1/"]]) {
      await tries(name, async () => (await fetch(url, { credentials: "include" })).status);
      await tries(name + "Blind", async () => (await fetch(url, { mode: "no-cors", credentials: "include" })).type);
    }
    await tries("call", async () => (await fetch(host + "/call", { method: "POST", mode: "no-cors", credentials: "include", body: "{}" })).type);
    await tries("image", () => new Promise((yes, no) => { const i = new Image(); i.onload = () => yes("loaded"); i.onerror = () => no("refused"); i.src = "${consoleAt}/assets/x"; }));
    await tries("script", () => new Promise((yes, no) => { const s = document.createElement("script"); s.onload = () => yes("loaded"); s.onerror = () => no("refused"); s.src = host + "/assets/x.js"; document.head.append(s); }));
    await tries("file", async () => (await fetch("/app/..%2fplugin-manifest.json")).status);
    const nested = document.createElement("iframe"); nested.name = "nested"; nested.src = "${consoleAt}/connections"; document.body.append(nested);
    await tries("form", () => { const f = document.createElement("form"); f.method = "post"; f.target = "nested"; f.action = "${consoleAt}/logout"; document.body.append(f); f.submit(); return "sent"; });
    await tries("top", () => { window.top.location = "https://evil.example/"; return "moved"; });
    // As if it were the server of the host page, and with messages that are none.
    for (const junk of [null, 7, "{", { type: "SDK.EVENT", eventName: "CRM_EVENT", promiseid: "a" }, { type: "SDK.EVENT", eventName: "CRM_EVENT", promiseid: "b", data: { category: "CRM_CONNECTION", connectionName: "bank", data: { data: { url: "https://bank.example/" } } } }])
      window.parent.postMessage(junk, "*");
  `);
  const { page, told, errors } = await show(folder, [], [], "hostile");
  for (const name of ["parent", "token", "hostPage", "hostPageBlind", "console", "consoleBlind", "private", "privateBlind", "call", "image", "script", "top"]) {
    assert.ok(told[name].failed, `${name}: ${JSON.stringify(told[name])}`);
  }
  assert.equal(told.file, 404);
  // Cookies of its own stay its own.
  const cookies = await page.context().cookies(new URL(page.url()).origin);
  assert.ok(cookies.every((cookie) => cookie.name !== "a" && cookie.httpOnly), JSON.stringify(cookies));
  assert.match(page.url(), /127\.0\.0\.1/);
  assert.ok((await page.locator("#widget-calls li").allTextContents()).some((line) => line.includes("bank") && line.includes("Refused")));
  assert.equal(await page.locator("#widget-message").isHidden(), true);
  assert.deepEqual(errors, []);
});
