// Drives `dg dap` with the client that VS Code's makers test debug adapters with: one test for each feature.
// RAINWRIGHT_DG names the program.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import testsupport from '@vscode/debugadapter-testsupport';

const folder = mkdtempSync(join(tmpdir(), 'dg dap ü '));
const files = {
  'dg.toml': 'functions = "functions"\n',
  'main.dg': [
    'total = 0;',
    'order = {"who":"Ada 😀","rows":{10,20,30}};',
    'for each price in order.get("rows")',
    '{',
    '\ttotal = total + taxed(price);',
    '}',
    'try',
    '{',
    '\tbroken = total / 0;',
    '}',
    'catch (e)',
    '{',
    '\tinfo "caught";',
    '}',
    'info total;',
    'last = total / 0;',
    '',
  ].join('\n'),
  'functions/taxed.dg': 'int taxed(int price)\n{\n\twith_tax = price * 2;\n\treturn with_tax;\n}\n',
  'endless.dg': 'n = 0;\nwhile(true)\n{\n\tn = n + 1;\n}\n',
  'leads.dg': 'leads = zoho.crm.getRecords("Leads");\ninfo leads.size() > 0;\n',
  'greet.dg': 'string greet(map lead)\n{\n\treturn "Dear " + lead.get("Name");\n}\n',
};
const path = (name) => join(folder, name);
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), text);
}
after(() => rmSync(folder, { recursive: true, force: true }));

let dc;
beforeEach(async () => {
  const env = { ...process.env, RAINWRIGHT_HOME: path('home') };
  dc = new testsupport.DebugClient(process.env.RAINWRIGHT_DG ?? 'dg', 'dap', 'deluge', { cwd: folder, env });
  dc.defaultTimeout = 60_000;
  await dc.start();
});
afterEach(() => dc.stop());

const main = () => ({ program: path('main.dg') });

/** Starts a script with breakpoints by file, and waits until it stops. */
async function stopped(config, breakpoints, before = async () => {}) {
  const stop = dc.waitForEvent('stopped');
  const configured = dc.waitForEvent('initialized').then(async () => {
    for (const [name, all] of Object.entries(breakpoints)) {
      await dc.setBreakpointsRequest({ source: { path: path(name) }, breakpoints: all });
    }
    await before();
    await dc.configurationDoneRequest();
  });
  await Promise.all([dc.launch(config), configured]);
  return (await stop).body;
}

async function go(way) {
  const stop = dc.waitForEvent('stopped');
  await dc[`${way}Request`]({ threadId: 1 });
  return (await stop).body.reason;
}

async function top() {
  const { body } = await dc.stackTraceRequest({ threadId: 1 });
  return body.stackFrames[0];
}

async function evaluate(expression, frameId = 0, context = 'watch') {
  return (await dc.evaluateRequest({ expression, frameId, context })).body.result;
}

async function variables(variablesReference, more = {}) {
  return (await dc.variablesRequest({ variablesReference, ...more })).body.variables;
}

test('a breakpoint at a line', () => dc.hitBreakpoint(main(), { path: path('main.dg'), line: 5 }));

test('a breakpoint in another file, with the stack over both', async () => {
  await stopped(main(), { 'functions/taxed.dg': [{ line: 4 }] });
  const { stackFrames, totalFrames } = (await dc.stackTraceRequest({ threadId: 1 })).body;
  assert.equal(totalFrames, 2);
  assert.deepEqual(stackFrames.map((one) => [one.source.name, one.line]), [['taxed.dg', 4], ['main.dg', 5]]);
});

test('a condition and a hit count', async () => {
  await stopped(main(), { 'main.dg': [{ line: 5, condition: 'price > 10', hitCondition: '2' }] });
  assert.equal(await evaluate('price'), '30');
});

test('a log point', async () => {
  const shown = dc.assertOutput('console', '10 of Ada 😀\n20 of Ada 😀\n30 of Ada 😀\n');
  await stopped(main(), {
    'main.dg': [{ line: 5, logMessage: '{price} of {order.get("who")}' }, { line: 15 }],
  });
  await shown;
});

test('a breakpoint at a function', async () => {
  const body = await stopped(main(), {}, () => dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'taxed' }] }));
  assert.equal(body.reason, 'function breakpoint');
  assert.equal((await top()).name, 'taxed');
});

test('a breakpoint at a function that the program does not have', async () => {
  const changed = dc.waitForEvent('breakpoint');
  let set;
  await stopped({ ...main(), stopOnEntry: true }, {}, async () => {
    set = (await dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'taxd' }] })).body.breakpoints[0];
  });
  assert.equal(set.verified, false);
  const { breakpoint } = (await changed).body;
  assert.deepEqual([breakpoint.id, breakpoint.verified], [set.id, false]);
  assert.match(breakpoint.message, /Did you mean 'taxed'\?/);
  const again = await dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'taxed' }] });
  assert.equal(again.body.breakpoints[0].verified, true);
});

test('an expression that does not come to an end', async () => {
  await stopped(main(), { 'main.dg': [{ line: 5 }] });
  const endless = evaluate('while(true) { total = total + 1; }', 0, 'repl');
  await dc.pauseRequest({ threadId: 1 });
  await assert.rejects(endless, /given up/);
  assert.equal(await evaluate('price'), '10');
});

test('errors: all, and those that nothing catches', async () => {
  const filters = (names) => () => dc.setExceptionBreakpointsRequest({ filters: names });
  assert.equal((await stopped(main(), {}, filters(['all']))).reason, 'exception');
  assert.equal((await top()).line, 9);
  const { body } = await dc.exceptionInfoRequest({ threadId: 1 });
  assert.match(body.description, /Divide by zero/);
  await filters(['uncaught'])();
  assert.equal(await go('continue'), 'exception');
  assert.equal((await top()).line, 16);
});

test('steps in, over and out', async () => {
  await stopped(main(), { 'main.dg': [{ line: 5 }] });
  assert.equal(await go('stepIn'), 'step');
  assert.deepEqual([(await top()).name, (await top()).line], ['taxed', 3]);
  await go('next');
  assert.equal((await top()).line, 4);
  await go('stepOut');
  assert.deepEqual([(await top()).name, (await top()).line], ['script', 3]);
});

test('stops at the first statement', async () => {
  assert.equal((await stopped({ ...main(), stopOnEntry: true }, {})).reason, 'entry');
  assert.equal((await top()).line, 1);
});

test('variables open part by part and can be set', async () => {
  await stopped(main(), { 'main.dg': [{ line: 5 }] });
  const { scopes } = (await dc.scopesRequest({ frameId: 0 })).body;
  const all = await variables(scopes[0].variablesReference);
  const order = all.find((one) => one.name === 'order');
  assert.equal(order.namedVariables, 2);
  const rows = (await variables(order.variablesReference)).find((one) => one.name === 'rows');
  assert.equal(rows.evaluateName, 'order.get("rows")');
  assert.deepEqual((await variables(rows.variablesReference, { start: 1, count: 1 })).map((one) => one.value), ['20']);
  const set = (variablesReference, name, value) => dc.setVariableRequest({ variablesReference, name, value });
  assert.equal((await set(scopes[0].variablesReference, 'total', '5 * 5')).body.value, '25');
  assert.equal((await set(rows.variablesReference, '2', '"x"')).body.value, '"x"');
  assert.equal(await evaluate('order.get("rows").get(2) + total'), '"x25"');
});

test('watch, hover and the console', async () => {
  await stopped(main(), { 'functions/taxed.dg': [{ line: 4 }] });
  assert.equal(await evaluate('with_tax + 1'), '21');
  assert.equal(await evaluate('total', 1, 'hover'), '0');
  await evaluate('total = 7', 1, 'repl');
  assert.equal(await evaluate('total', 1), '7');
  await assert.rejects(evaluate('with_tax = 1'), /expression/);
  await assert.rejects(evaluate('none'), /none/);
});

test('pause, terminate', async () => {
  await stopped({ program: path('endless.dg'), stopOnEntry: true }, {});
  await dc.continueRequest({ threadId: 1 });
  const stop = dc.waitForEvent('stopped');
  await dc.pauseRequest({ threadId: 1 });
  assert.equal((await stop).body.reason, 'pause');
  const end = dc.waitForEvent('terminated');
  await dc.terminateRequest({});
  await end;
});

test('restart', async () => {
  await stopped(main(), { 'main.dg': [{ line: 15 }] });
  const stop = dc.waitForEvent('stopped');
  await dc.restartRequest({});
  await stop;
  assert.equal((await top()).line, 15);
});

test('services that are played, a recording, made-up inputs', async () => {
  const leads = { program: path('leads.dg') };
  await stopped({ ...leads, sandbox: true, record: path('calls.http') }, { 'leads.dg': [{ line: 2 }] });
  assert.equal(await evaluate('leads.size() > 0'), 'true');
  const end = dc.waitForEvent('terminated');
  await dc.continueRequest({ threadId: 1 });
  await end;
  await dc.stop();
  await dc.start();
  await stopped({ ...leads, replay: path('calls.http') }, { 'leads.dg': [{ line: 2 }] });
  assert.equal(await evaluate('leads.size() > 0'), 'true');
  await dc.stop();
  await dc.start();
  await stopped({ program: path('greet.dg'), try: true }, { 'greet.dg': [{ line: 3 }] });
  assert.equal(await evaluate('lead.get("Name").length() > 0'), 'true');
});

test('a script that cannot be started is explained', async () => {
  const configured = dc.waitForEvent('initialized').then(() => dc.configurationDoneRequest());
  await Promise.all([assert.rejects(dc.launch({ program: path('none.dg') }), /none\.dg cannot be read/), configured]);
});
