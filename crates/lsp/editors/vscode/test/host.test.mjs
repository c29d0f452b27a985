// The extension in a host: every command and view of the manifest does what it says, with the real `dg` (RAINWRIGHT_DG).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { activate } from './host.mjs';

const require = createRequire(import.meta.url);
const { isTest, sections, sectionOf } = require('../tests.js');
const { row, target } = require('../connections.js');
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)));
const dg = process.env.RAINWRIGHT_DG;
const skip = dg ? false : 'RAINWRIGHT_DG names no program';
const folder = mkdtempSync(join(tmpdir(), 'dg host ü '));

before(() => {
  process.env.RAINWRIGHT_HOME = join(folder, '.home');
  mkdirSync(join(folder, 'tests'));
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('hello.dg', 'info "Hello from a task";\n');
  write('greet.dg', 'string greet(string name)\n{\n\treturn "Hi " + name.trim();\n}\n');
  write('tests/sums.dg', 'info 1 + 1; // => 2\n//--- wrong\ninfo 2 + 2; // => 5\n//--- table\n//@ case: {"n":1} => 1\n//@ case: {"n":2} => 2\nint f(int n)\n{\n\treturn n;\n}\n');
  write('tests/one.dg', '\n\ninfo null; // => 1\n');
});

after(() => rmSync(folder, { recursive: true }));

const never = { isCancellationRequested: false, onCancellationRequested() {} };
const host = (change) => activate(folder, { path: dg ?? 'dg' }, change);
const items = (all) => [...all.values()];

test('every command and view of the manifest is there, and no other', async () => {
  const { seen, vscode } = await host();
  const declared = manifest.contributes.commands.map((one) => one.command).sort();
  assert.deepEqual([...seen.commands.keys()].sort(), declared);
  assert.deepEqual([...seen.views.keys()], manifest.contributes.views.explorer.map((one) => one.id));
  assert.equal(seen.controllers.length, 1);
  assert.deepEqual([seen.server.args, seen.started], [['lsp'], 1]);
  await vscode.commands.executeCommand('rainwright.restart');
  assert.deepEqual([seen.started, seen.stopped], [2, 1]);
});

test('a folder that is not trusted has no tests until it is', async () => {
  const { seen } = await host((vscode) => { vscode.workspace.isTrusted = false; });
  assert.equal(seen.controllers.length, 0);
  seen.granted();
  assert.equal(seen.controllers.length, 1);
});

test('golden scripts are known by their comments, and so are their sections', () => {
  assert.ok(isTest('info 1; // => 1') && isTest('//--- a\n') && isTest('x();\t// error E3003'));
  assert.ok(!isTest('// a comment\ninfo "https://example.com";'));
  const text = 'info 1; // => 1\r\n//--- second one\r\ninfo 2;\r\n//---third\r\n';
  const found = sections(text);
  assert.deepEqual(found, [{ name: '', line: 0 }, { name: 'second one', line: 1 }, { name: 'third', line: 3 }]);
  assert.deepEqual([0, 1, 2, 3, 9].map((line) => sectionOf(found, line)), [0, 1, 1, 2, 2]);
  assert.deepEqual(sections('info 1; // => 1'), []);
  assert.deepEqual(sections('\n//--- only\n'), [{ name: 'only', line: 1 }]);
});

test('the test explorer finds, runs and tells', { skip }, async () => {
  const { seen, vscode } = await host();
  const [controller] = seen.controllers;
  await controller.resolveHandler();
  assert.deepEqual(items(controller.items).map((one) => one.label).sort(), ['tests/one.dg', 'tests/sums.dg']);
  const sums = items(controller.items).find((one) => one.label === 'tests/sums.dg');
  assert.deepEqual(items(sums.children).map((one) => one.label), ['(first section)', 'wrong', 'table']);
  const [{ handler }] = controller.profiles;
  await handler({}, never);
  const how = Object.fromEntries([...controller.runs[0].results].map(([id, { how }]) => [id.split('/').at(-1), how]));
  assert.deepEqual(how, { 'one.dg': 'failed', 'sums.dg#0': 'passed', 'sums.dg#1': 'failed', 'sums.dg#2': 'passed' });
  const [message] = controller.runs[0].results.get(items(sums.children)[1].id).detail;
  assert.deepEqual([message.expectedOutput, message.actualOutput, message.location.range.line], ['5', '4', 2]);
  assert.ok(controller.runs[0].ended);
  // One section alone.
  await handler({ include: [items(sums.children)[2]] }, never);
  assert.deepEqual([...controller.runs[1].results.values()].map((one) => one.how), ['passed']);
  // A file that is no test any more goes, one that cannot be run is told.
  writeFileSync(join(folder, 'tests/one.dg'), 'info 1;\n');
  await controller.refreshHandler();
  assert.equal(controller.items.size, 1);
  rmSync(join(folder, 'tests/sums.dg'));
  await handler({}, never);
  const errored = [...controller.runs[2].results.values()];
  assert.ok(errored.every((one) => one.how === 'errored' && /sums\.dg/.test(one.detail.message)), JSON.stringify(errored));
  seen.watcher.deleted.fire(vscode.Uri.file(join(folder, 'tests/sums.dg')));
  assert.equal(controller.items.size, 0);
});

test('commands run the script in the editor, or the one that is named', { skip }, async () => {
  const { seen, vscode } = await host();
  const uri = (name) => vscode.Uri.file(join(folder, name));
  vscode.window.activeTextEditor = { document: { uri: uri('hello.dg'), languageId: 'deluge' } };
  const run = (name, ...args) => vscode.commands.executeCommand(name, ...args);
  const ran = await run('rainwright.run');
  assert.deepEqual([ran.code, ran.output.trim()], [0, 'Hello from a task']);
  const tried = await run('rainwright.try', uri('greet.dg').toString(), 'greet');
  assert.equal(tried.code, 0, tried.output);
  assert.match(tried.output, /Hi /);
  assert.deepEqual(seen.tasks.at(-1).args.slice(2), ['--entry', 'greet']);
  await run('rainwright.debug', uri('greet.dg').toString(), 'greet');
  assert.deepEqual([seen.debugged[0].program, seen.debugged[0].entry], [uri('greet.dg').fsPath, 'greet']);
  assert.deepEqual(seen.adapters.createDebugAdapterDescriptor({}).args, ['dap']);
  vscode.window.activeTextEditor = undefined;
  await run('rainwright.run');
  assert.deepEqual(seen.errors, ['Save the script first.']);
});

test('the view of connections lists, connects, tests', { skip }, async () => {
  const { seen, vscode } = await host();
  const view = seen.views.get('rainwright.connections');
  assert.deepEqual(await view.getChildren(), []);
  const made = spawnSync(dg, ['connect', 'stripe_api_key', '--name', 'shop', '--set', 'api_key=sk_test_1', '--no-browser'], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const [connection] = await view.getChildren();
  const item = view.getTreeItem(connection);
  assert.deepEqual([item.label, item.contextValue], ['shop', 'connection']);
  assert.match(item.description, /^stripe_api_key · connected/);
  let refreshed = 0;
  view.onDidChangeTreeData(() => { refreshed += 1; });
  seen.pick = (all) => all.find((one) => one.id === 'mailchimp');
  // Nobody answers in this terminal, so it ends at its first question.
  await vscode.commands.executeCommand('rainwright.connections.connect');
  assert.ok(seen.picks[0].length > 100);
  assert.deepEqual([seen.tasks.at(-1).args, refreshed], [['connect', 'mailchimp'], 1]);
  // The quick fix for a connection that a script names: with its service, and where that is not known.
  await seen.middleware.executeCommand('rainwright.connect', ['mailchimp', 'news'], assert.fail);
  assert.deepEqual(seen.tasks.at(-1).args, ['connect', 'mailchimp', '--link', 'news']);
  await seen.middleware.executeCommand('rainwright.connect', [null, 'other'], assert.fail);
  assert.deepEqual(seen.tasks.at(-1).args, ['connect', 'mailchimp', '--link', 'other']);
  assert.equal(await seen.middleware.executeCommand('another', [], () => 'next'), 'next');
  await vscode.commands.executeCommand('rainwright.connections.copy', connection);
  assert.equal(seen.clipboard, 'connection: "shop"');
});

test('a row says whether scripts can use the connection', () => {
  const one = { name: 'a', service: 's', status: 'connected', usable: true, tested: true, environment: 'default', subject: 'shared' };
  assert.deepEqual([row(one).icon, row(one).description], ['pass', 's · connected']);
  assert.equal(row({ ...one, tested: false }).description, 's · connected · never tested');
  assert.equal(row({ ...one, problem: 'late' }).icon, 'warning');
  assert.deepEqual([row({ ...one, usable: false }).icon, row({ ...one, environment: 'staging' }).description], ['error', 's · connected · staging']);
  assert.deepEqual(target({ ...one, environment: 'staging', subject: 'ada' }), ['a', '--env', 'staging', '--user', 'ada']);
});
