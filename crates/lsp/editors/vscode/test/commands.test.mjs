// The commands start `dg` with the right words, and the manifest names only what is there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const { launchConfiguration, serverArguments, task } = require('../commands.js');
const root = new URL('../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root)));

test('the server is started with the environment that is set', () => {
  assert.deepEqual(serverArguments(''), ['lsp']);
  assert.deepEqual(serverArguments('staging'), ['lsp', '--env', 'staging']);
});

test('a file name is one word, whatever is in it', () => {
  const file = '/home/a b/$(rm -rf ~)/x; y.dg';
  assert.deepEqual(task('run', file).args, ['run', file]);
  assert.deepEqual(task('run', file, 'ns.f', { environment: 'e', sandbox: true }), {
    name: 'run ns.f',
    args: ['run', file, '--entry', 'ns.f', '--env', 'e', '--sandbox'],
  });
  assert.deepEqual(task('test', 'C:\\a\\b.dg'), { name: 'test b.dg', args: ['test', 'C:\\a\\b.dg'] });
  assert.deepEqual(task('testAll').args, ['test']);
  assert.deepEqual(task('try', '/a.dg').args, ['try', '/a.dg']);
  assert.deepEqual(task('try', '/a.dg', 'f').args, ['try', '/a.dg', '--entry', 'f']);
  assert.throws(() => task('other'));
});

test('a launch configuration is filled in from the editor and the settings', () => {
  const settings = { environment: 'staging', sandbox: true };
  const whole = { type: 'deluge', request: 'launch', name: 'Debug Script' };
  assert.deepEqual(launchConfiguration({}, '/a.dg'), { ...whole, program: '/a.dg' });
  assert.deepEqual(launchConfiguration({ program: '/b.dg', name: 'mine' }, '/a.dg', settings), {
    ...whole, name: 'mine', program: '/b.dg', env: 'staging', sandbox: true,
  });
  assert.deepEqual(launchConfiguration({ sandbox: false, env: '' }, '/a.dg', settings), {
    ...whole, program: '/a.dg', env: '', sandbox: false,
  });
  assert.equal(launchConfiguration({ replay: 'x.http' }, '/a.dg', settings).sandbox, undefined);
  assert.deepEqual(launchConfiguration({ run: 'nightly-7' }, '/a.dg', settings), { ...whole, run: 'nightly-7' });
  assert.deepEqual(launchConfiguration({ try: true }, '/a.dg', settings), { ...whole, try: true, program: '/a.dg' });
});

test('the manifest declares the debugger that the code starts', () => {
  const { debuggers, breakpoints } = manifest.contributes;
  assert.deepEqual(breakpoints, [{ language: 'deluge' }]);
  const [one] = debuggers;
  const known = Object.keys(one.configurationAttributes.launch.properties);
  for (const { body } of one.configurationSnippets) {
    assert.equal(body.type, one.type);
    const own = Object.keys(body).filter((key) => !['type', 'request', 'name'].includes(key));
    assert.ok(own.every((key) => known.includes(key)), own.join());
  }
});

test('what the manifest names is there', () => {
  const { languages, grammars, snippets, commands, menus, configuration } = manifest.contributes;
  for (const path of [languages[0].configuration, grammars[0].path, snippets[0].path]) {
    assert.ok(existsSync(new URL(path, root)), path);
  }
  for (const { media } of manifest.contributes.walkthroughs[0].steps) {
    assert.ok(existsSync(new URL(media.markdown, root)), media.markdown);
  }
  const known = commands.map((one) => one.command);
  for (const item of Object.values(menus).flat()) {
    assert.ok(known.includes(item.command), item.command);
  }
  // A stranger's project must not choose the program that is started.
  assert.equal(configuration.properties['rainwright.path'].scope, 'machine');
});

test('every snippet has a prefix, a description and a body', () => {
  const snippets = JSON.parse(readFileSync(new URL('snippets/deluge.json', root)));
  for (const [name, one] of Object.entries(snippets)) {
    assert.ok(one.prefix && one.description && one.body.length > 0, name);
  }
});
