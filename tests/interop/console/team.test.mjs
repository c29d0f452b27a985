// A team on one Postgres: consent links and their webhooks, a storm of renewals in three processes while the key changes, one
// elected keepalive that is killed, health that is told, and the move to another store. RAINWRIGHT_TEST_POSTGRES names the
// database; without it nothing is tested.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { launch, run, start, stopAll } from "./browser.mjs";

const database = process.env.RAINWRIGHT_TEST_POSTGRES;
const options = { skip: database ? false : "no RAINWRIGHT_TEST_POSTGRES" };
const place = mkdtempSync(join(tmpdir(), "team-"));
const schema = `team_${process.pid}_${Date.now()}`;
const old = randomBytes(32).toString("base64"), fresh = randomBytes(32).toString("base64");
const told = [], said = [];
let sandbox, console_, browser, client, hook, webhook, store;

// The environment of one of the team's machines: a data folder of its own, the store and the key of all.
const machine = (name, more = {}) => ({ ...process.env, RAINWRIGHT_HOME: join(place, name), RAINWRIGHT_STORE: store, RAINWRIGHT_KEY: `${old} ${fresh}`, ...more });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what, check) {
  for (const end = Date.now() + 40_000; Date.now() < end; await sleep(100)) {
    const found = await check();
    if (found) return found;
  }
  throw new Error(`${what} did not happen: ${said.slice(-20).join("\n")}`);
}
async function dg(args, env) {
  const ran = await run(args, { env, cwd: join(place, "project") });
  said.push(ran.out, ran.notes);
  return ran;
}

before(async () => {
  if (!database) return;
  const socket = new URL(database.replace(/^postgres(ql)?:/, "http:").replace("@/", "@localhost/")).searchParams;
  client = new pg.Client(socket.get("host") ? { host: socket.get("host"), port: Number(socket.get("port")), user: "rainwright", database: "postgres" } : database.replace(/[?&]sslmode=disable/, ""));
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  // A password that must never be seen; whether the database asks for one is its own affair.
  const secret = database.replace("rainwright@", "rainwright:PLANTED-PASSWORD@");
  store = `${secret}${secret.includes("?") ? "&" : "?"}options=-c%20search_path%3D${schema}`;
  mkdirSync(join(place, "project"));
  hook = http.createServer((request, response) => {
    let body = "";
    request.on("data", (data) => { body += data; });
    request.on("end", () => { told.push({ headers: request.headers, body: JSON.parse(body), text: body }); response.end(); });
  });
  await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
  webhook = `http://127.0.0.1:${hook.address().port}/hook`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  hook?.close();
  stopAll();
  await sleep(200);
  await client?.query(`DROP SCHEMA ${schema} CASCADE`);
  await client?.end();
  rmSync(place, { recursive: true, force: true });
});

const events = (type) => told.filter(({ body }) => body.type === type);
function isSigned({ headers, text }, home) {
  const secret = JSON.parse(readFileSync(join(place, home, "webhook-secret.json"), "utf8")).replace("whsec_", "");
  const mac = createHmac("sha256", Buffer.from(secret, "base64")).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`);
  return headers["webhook-signature"] === `v1,${mac.digest("base64")}`;
}

test("somebody connects through a link, and every machine has the connection", options, async () => {
  sandbox = await start(["sandbox", "--token-life", "2"], { env: machine("a") });
  console_ = await start(["console", "--port", "0", "--no-browser", "--sandbox-at", sandbox.first], { env: machine("a"), cwd: join(place, "project") });
  const made = await dg(["connect", "zoho_crm", "--link", "--scope", "ZohoCRM.modules.ALL", "--set", "client_id=sandbox-client", "--set", "client_secret=sandbox-secret", "--webhook", webhook, "--console", new URL(console_.first).origin, "--sandbox-at", sandbox.first], machine("a"));
  assert.equal(made.code, 0, made.notes);
  const guest = await (await browser.newContext()).newPage();
  await guest.goto(made.out.trim());
  await guest.getByRole("button", { name: "Continue" }).click();
  await guest.getByRole("link", { name: "Proceed to Zoho CRM" }).click();
  await guest.getByRole("button", { name: "Allow", exact: true }).click();
  assert.match(await guest.textContent("main"), /Connected to Zoho CRM/);
  for (const name of ["b", "c"]) {
    const listed = await dg(["connections", "list", "--json"], machine(name));
    assert.equal(JSON.parse(listed.out)[0]?.name, "zoho_crm", listed.notes);
  }
  await until("the webhook", () => events("connection.connected").length > 0);
  assert.ok(isSigned(events("connection.connected")[0], "a"));
});

test("three processes, tokens that end all the time, and a change of the key in the middle", options, async () => {
  const numbers = `{${Array.from({ length: 25 }, (_, n) => n + 1).join(",")}}`;
  writeFileSync(join(place, "project/storm.dg"), `good = 0;
for each a in ${numbers} { for each b in ${numbers} {
  lead = zoho.crm.getRecordById("Leads", 1001);
  if (lead.get("Email") != null) { good = good + 1; }
} }
return good;
`);
  const storm = ["a", "b", "c"].map((name) => dg(["run", "storm.dg", "--json", "--sandbox-at", sandbox.first], machine(name)));
  await sleep(1500);
  const rekeyed = await dg(["connections", "rekey"], machine("b", { RAINWRIGHT_KEY: old, RAINWRIGHT_NEW_KEY: fresh }));
  assert.equal(rekeyed.code, 0, rekeyed.notes);
  for (const ran of await Promise.all(storm)) {
    assert.equal(ran.code, 0, ran.notes);
    assert.match(ran.out, /625/);
  }
  const { tokens } = await (await fetch(`${sandbox.first}/_sandbox/stats`)).json();
  const zoho = tokens.zoho ?? Object.values(tokens)[0];
  assert.ok(zoho.refreshed > 0, JSON.stringify(tokens));
  assert.equal(zoho.refused + zoho.reused, 0, JSON.stringify(tokens));
  // Whoever has the old key alone is told what to do; the new one is enough.
  const late = await dg(["connections", "list"], machine("c", { RAINWRIGHT_KEY: old }));
  assert.notEqual(late.code, 0);
  assert.match(late.notes, /encrypted with key[\s\S]*RAINWRIGHT_KEY/);
  assert.equal((await dg(["connections", "health"], machine("c", { RAINWRIGHT_KEY: fresh }))).code, 0);
});

test("one keepalive of three does the work, and another takes over when it is killed", options, async () => {
  const keepers = ["a", "b", "c"].map((name) => start(["connections", "keepalive", "--every", "1", "--sandbox-at", sandbox.first], { env: machine(name), cwd: join(place, "project"), waits: false }));
  const all = await Promise.all(keepers);
  const elected = () => all.filter(({ child, notes }) => child.exitCode === null && child.signalCode === null && notes.some((line) => line.includes("was elected")));
  await until("an election", () => elected().length === 1 && all.filter(({ notes }) => notes.some((line) => line.includes("standing by"))).length === 2);
  const [first] = elected();
  first.child.kill("SIGKILL");
  await until("another election", () => elected().length === 1 && elected()[0] !== first);
  await sleep(2500);
  assert.equal(elected().length, 1);
  for (const { child, notes } of all) { said.push(...notes); child.kill("SIGKILL"); }
});

test("a login that is dead is told once, by the console and by the watch", options, async () => {
  const watch = await start(["connections", "health", "--watch", "--every", "1", "--webhook", webhook], { env: machine("b"), cwd: join(place, "project"), waits: false });
  await until("the watch", () => watch.notes.some((line) => line.includes("was elected")));
  await fetch(`${sandbox.first}/_sandbox/revoke`, { method: "POST", body: "{}" });
  await sleep(2500);
  const failed = await dg(["run", "storm.dg", "--sandbox-at", sandbox.first], machine("c"));
  assert.notEqual(failed.code, 0);
  await until("the webhooks", () => events("connection.needs_consent").length > 0 && events("connection.unhealthy").length > 0);
  // Two more looks of each: nothing is told twice.
  await sleep(11_000);
  assert.deepEqual([events("connection.needs_consent").length, events("connection.unhealthy").length], [1, 1]);
  assert.ok(isSigned(events("connection.needs_consent")[0], "a") && isSigned(events("connection.unhealthy")[0], "b"));
  assert.equal(events("connection.unhealthy")[0].body.data.connection, "zoho_crm");
  said.push(...watch.notes);
});

test("the store moves into a folder, whole, and no password was ever said", options, async () => {
  const folder = join(place, "moved");
  const moved = await dg(["store", "migrate", "--to", folder], machine("a"));
  assert.equal(moved.code, 0, moved.notes);
  const there = await dg(["connections", "list", "--json"], machine("moved", { RAINWRIGHT_STORE: "" }));
  assert.equal(JSON.parse(there.out)[0].name, "zoho_crm", there.notes);
  const again = await dg(["store", "migrate", "--to", folder], machine("a"));
  assert.notEqual(again.code, 0);
  assert.match(again.notes, /already/);
  const unreachable = await dg(["connections", "list"], machine("a", { RAINWRIGHT_STORE: "postgres://team:PLANTED-PASSWORD@127.0.0.1:1/x?sslmode=disable" }));
  assert.notEqual(unreachable.code, 0);
  const shown = await dg(["store", "show"], machine("a"));
  assert.match(shown.out, /the database\t1/);
  said.push(...console_.notes, ...sandbox.notes);
  assert.ok(!said.join("\n").includes("PLANTED-PASSWORD"));
});
