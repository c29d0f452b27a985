// The grammar colours what it should, with the engine that VS Code uses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma');
const { Registry, parseRawGrammar } = require('vscode-textmate');

const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
const engine = oniguruma.loadWASM(wasm).then(() => ({
  createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
  createOnigString: (text) => new oniguruma.OnigString(text),
}));
const path = new URL('../syntaxes/deluge.tmLanguage.json', import.meta.url);
const registry = new Registry({
  onigLib: engine,
  loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), 'deluge.tmLanguage.json'),
});

/** Each piece of a script that is not blank, with the last of its scopes. */
async function pieces(script) {
  const grammar = await registry.loadGrammar('source.deluge');
  let state = null;
  const found = [];
  for (const line of script.split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    for (const token of tokens) {
      const text = line.slice(token.startIndex, token.endIndex).trim();
      if (text) found.push([text, token.scopes.at(-1).replace(/\.deluge$/, '')]);
    }
  }
  return found;
}

async function has(script, text, scope) {
  const found = await pieces(script);
  assert.ok(found.some(([a, b]) => a === text && b === scope), `${text} is not ${scope} in ${JSON.stringify(found)}`);
}

test('words, texts, numbers and comments', async () => {
  await has('if(a == 1.5)', 'if', 'keyword.control.conditional');
  await has('if(a == 1.5)', '1.5', 'constant.numeric');
  await has('for each x in y', 'for each', 'keyword.control.loop');
  await has('info null;', 'info', 'keyword.other');
  await has('info null;', 'null', 'constant.language');
  await has('x = "a\\"b"; y', '\\"', 'constant.character.escape');
  await has('x = "a\\"b"; y', 'y', 'variable.other');
  await has('x = \'1-Jan-2024\';', '1-Jan-2024', 'string.quoted.single');
  await has('/* a\nb */ x', 'b', 'comment.block');
  await has('info 1; // => 1', '=>', 'keyword.other.expectation');
});

test('functions, methods, tasks and their keys', async () => {
  const header = 'map standalone.send(string name)';
  await has(header, 'map', 'storage.type');
  await has(header, 'send', 'entity.name.function');
  await has(header, 'standalone.', 'entity.name.namespace');
  await has(header, 'string', 'storage.type');
  await has('x.toUpperCase()', 'toUpperCase', 'entity.name.function.member');
  await has('input.Name = 1;', 'input', 'support.class');
  await has('input.Name = 1;', 'Name', 'variable.other.property');
  const call = 'r = invokeurl\n[\n\turl: "a"\n\tresponse-format: TEXT\n];';
  await has(call, 'url', 'support.type.property-name');
  await has(call, 'response-format', 'support.type.property-name');
  await has('r = invokeurl [ url: "a" ];', 'invokeurl', 'support.function.task');
});

test('a text that is open on one line goes on, and ends', async () => {
  await has('x = "a\nb"; info 1;', 'info', 'keyword.other');
});

test('pages', async () => {
  await has('<p><%= name %></p>', 'name', 'variable.other');
});
