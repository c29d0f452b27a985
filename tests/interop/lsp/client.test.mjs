// Drives `dg lsp` as VS Code does: with the protocol library that its client is made of, over the pipes of a process.
// RAINWRIGHT_DG names the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import protocol from 'vscode-languageserver-protocol/node.js';

const p = protocol;
const folder = mkdtempSync(join(tmpdir(), 'dg lsp ü '));
const files = {
  'dg.toml': 'functions = "functions"\n',
  'functions/tax.dg': '// The tax of a price.\ndecimal billing.tax(decimal net)\n{\n\treturn net * 0.19;\n}\n',
  'main.dg': [
    'map order(string name)',
    '{',
    '\tresult = {"who":name};',
    '\tresult.put("tax",billing.tax(10.5));',
    '\tinfo "😀" + result.get("who").trim();',
    '\treturn result;',
    '}',
    '',
  ].join('\n'),
  'page.dg': '<%{ total = 1; %>\n<p><%=total%></p>\n<% }%>\n',
  'app.ds': 'application "A"\n{\n\tfunctions\n\t{\n\t\tint a.one(int n)\n\t\t{\n\t\t\treturn n;\n\t\t}\n\t}\n}\n',
};
files['desk.ds'] = [
  'application "Desk"', '{', '\tforms', '\t{', '\t\tform Ticket', '\t\t{',
  '\t\t\tStatus', '\t\t\t(', '\t\t\t\ttype = picklist', '\t\t\t\tvalues = {"Open", "Paid"}', '\t\t\t)',
  '\t\t\tHours', '\t\t\t(', '\t\t\t\ttype = decimal', '\t\t\t)', '\t\t}', '\t}',
  '\tfunctions', '\t{', '\t\tvoid desk.close(int id)', '\t\t{', '\t\t\tt = Ticket[ID == id];', '\t\t\tt.',
  '\t\t\tr = Ticket[Status == ', '\t\t\tdesk.clos(1);', '\t\t}', '\t}', '}', '',
].join('\n');
const uri = (name) => pathToFileURL(join(folder, name)).toString();
const main = files['main.dg'];
const textDocument = { uri: uri('main.dg') };

/** The place of a piece of the main script, `shift` units after its start. */
function at(piece, shift = 0, text = main) {
  const offset = text.indexOf(piece) + shift;
  assert.ok(offset >= shift, piece);
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length - 1, character: lines.at(-1).length };
}

function edited(text, edits) {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text[i] === '\n') starts.push(i + 1);
  const offset = ({ line, character }) => starts[line] + character;
  const all = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  return all.reduce((out, e) => out.slice(0, offset(e.range.start)) + e.newText + out.slice(offset(e.range.end)), text);
}

let server;
let connection;
let capabilities;
const findings = new Map();
let told = () => {};
const registered = [];

/** The findings of a file, once they fit. */
async function findingsOf(address, fits) {
  for (;;) {
    const known = findings.get(address);
    if (known && fits(known)) return known;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no findings of ${address}: ${JSON.stringify(known)}`)), 30_000);
      told = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

before(async () => {
  mkdirSync(join(folder, 'functions'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  server = spawn(process.env.RAINWRIGHT_DG ?? 'dg', ['lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, RAINWRIGHT_HOME: join(folder, '.home'), XDG_DATA_HOME: join(folder, '.data') },
  });
  connection = p.createProtocolConnection(
    new p.StreamMessageReader(server.stdout),
    new p.StreamMessageWriter(server.stdin),
  );
  connection.onNotification(p.PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
    findings.set(uri, diagnostics);
    told();
  });
  connection.onRequest(p.RegistrationRequest.type, ({ registrations }) => {
    registered.push(...registrations);
  });
  connection.listen();
  const result = await connection.sendRequest(p.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(folder).toString(), name: 'shop' }],
    capabilities: {
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, workspaceFolders: true },
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
    },
  });
  capabilities = result.capabilities;
  await connection.sendNotification(p.InitializedNotification.type, {});
  for (const name of ['main.dg', 'page.dg', 'app.ds', 'desk.ds']) {
    await connection.sendNotification(p.DidOpenTextDocumentNotification.type, {
      textDocument: { uri: uri(name), languageId: 'deluge', version: 1, text: files[name] },
    });
  }
});

after(async () => {
  await connection.sendRequest(p.ShutdownRequest.type);
  const ended = new Promise((resolve) => server.on('exit', resolve));
  await connection.sendNotification(p.ExitNotification.type);
  assert.equal(await ended, 0, 'the exit code after an orderly end');
  connection.dispose();
  rmSync(folder, { recursive: true });
});

const errors = (found) => found.filter((one) => one.severity === p.DiagnosticSeverity.Error);

test('the capabilities are those of the protocol', () => {
  assert.equal(capabilities.textDocumentSync.change, p.TextDocumentSyncKind.Incremental);
  assert.equal(capabilities.positionEncoding, 'utf-16');
});

test('findings come for scripts, pages and exports', async () => {
  for (const name of ['main.dg', 'page.dg', 'app.ds']) {
    const found = await findingsOf(uri(name), () => true);
    assert.deepEqual(errors(found), [], name);
  }
});

test('completion, with documentation on demand', async () => {
  const list = await connection.sendRequest(p.CompletionRequest.type, { textDocument, position: at('.trim()', 1) });
  const trim = list.items.find((one) => one.label === 'trim');
  assert.equal(trim.kind, p.CompletionItemKind.Method);
  assert.deepEqual(trim.textEdit.range.start, at('.trim()', 1));
  const resolved = await connection.sendRequest(p.CompletionResolveRequest.type, trim);
  assert.match(resolved.documentation.value, /trim/);
  const keys = await connection.sendRequest(p.CompletionRequest.type, { textDocument, position: at('get("who', 5) });
  assert.deepEqual(keys.items.map((one) => one.label), ['tax', 'who']);
});

test('fields and choices of the forms of an export, while a script is half written', async () => {
  const desk = files['desk.ds'];
  const ask = (piece, shift) => connection.sendRequest(p.CompletionRequest.type, {
    textDocument: { uri: uri('desk.ds') }, position: at(piece, shift, desk),
  });
  const fields = (await ask('\tt.\n', 3)).items.filter((one) => one.kind === p.CompletionItemKind.Field);
  assert.deepEqual(fields.slice(0, 2).map((one) => [one.label, one.detail]), [['Hours', 'a DECIMAL'], ['Status', 'a TEXT: Open, Paid']]);
  const values = (await ask('Status == ', 10)).items.filter((one) => one.kind === p.CompletionItemKind.EnumMember);
  assert.deepEqual(values.map((one) => one.textEdit.newText), ['"Open"', '"Paid"']);
});

test('a connection that is not there, with a command that adds it', async () => {
  const document = { uri: uri('call.dg'), languageId: 'deluge', version: 1 };
  document.text = 'r = invokeurl [ url: "https://us1.api.mailchimp.com/3.0/" connection: "news" ];\ninfo r;\n';
  await connection.sendNotification(p.DidOpenTextDocumentNotification.type, { textDocument: document });
  const [finding] = await findingsOf(document.uri, (found) => found.some((one) => one.code === 'E4001'));
  const [action] = await connection.sendRequest(p.CodeActionRequest.type, {
    textDocument: { uri: document.uri }, range: finding.range, context: { diagnostics: [finding] },
  });
  assert.deepEqual(action.command.arguments, ['mailchimp', 'news']);
  const said = new Promise((resolve) => connection.onNotification(p.ShowMessageNotification.type, resolve));
  await connection.sendRequest(p.ExecuteCommandRequest.type, action.command);
  assert.match((await said).message, /dg connect mailchimp --link news$/);
});

test('hover and signature help', async () => {
  const hover = await connection.sendRequest(p.HoverRequest.type, { textDocument, position: at('tax(10.5)') });
  assert.match(hover.contents.value, /decimal billing\.tax\(decimal net\)/);
  assert.match(hover.contents.value, /The tax of a price\./);
  const help = await connection.sendRequest(p.SignatureHelpRequest.type, { textDocument, position: at('10.5') });
  assert.equal(help.signatures[0].label, 'decimal billing.tax(decimal net)');
});

test('definition, references, highlights', async () => {
  const [place] = await connection.sendRequest(p.DefinitionRequest.type, { textDocument, position: at('tax(10.5)') });
  assert.equal(decodeURIComponent(place.uri), decodeURIComponent(uri('functions/tax.dg')));
  assert.deepEqual(place.range.start, { line: 1, character: 16 });
  const context = { includeDeclaration: true };
  const uses = await connection.sendRequest(p.ReferencesRequest.type, { textDocument, position: at('tax(10.5)'), context });
  assert.equal(uses.length, 2);
  const marks = await connection.sendRequest(p.DocumentHighlightRequest.type, { textDocument, position: at('result') });
  assert.equal(marks.length, 4);
});

test('rename, and its refusal', async () => {
  const position = at('result.get');
  const range = await connection.sendRequest(p.PrepareRenameRequest.type, { textDocument, position });
  assert.deepEqual(range.start, at('result.get'));
  const edit = await connection.sendRequest(p.RenameRequest.type, { textDocument, position, newName: 'answer' });
  assert.equal(edited(main, edit.changes[textDocument.uri]), main.replaceAll('result', 'answer'));
  const refused = connection.sendRequest(p.RenameRequest.type, { textDocument, position, newName: 'name' });
  await assert.rejects(refused, /another variable named name in line 1/);
});

test('a function is renamed in every file that calls it', async () => {
  const edit = await connection.sendRequest(p.RenameRequest.type, { textDocument, position: at('tax(10.5)'), newName: 'duty' });
  const tax = files['functions/tax.dg'];
  assert.deepEqual(Object.keys(edit.changes).sort(), [uri('functions/tax.dg'), uri('main.dg')]);
  assert.equal(edited(main, edit.changes[uri('main.dg')]), main.replace('tax(10.5)', 'duty(10.5)'));
  assert.equal(edited(tax, edit.changes[uri('functions/tax.dg')]), tax.replace('billing.tax(', 'billing.duty('));
});

test('symbols of a file and of the project', async () => {
  const [order] = await connection.sendRequest(p.DocumentSymbolRequest.type, { textDocument });
  assert.equal(order.name, 'order');
  assert.deepEqual(order.children.map((one) => one.name), ['name', 'result']);
  const found = await connection.sendRequest(p.WorkspaceSymbolRequest.type, { query: 'tax' });
  assert.deepEqual(found.map((one) => one.name), ['billing.tax']);
  const [one] = await connection.sendRequest(p.DocumentSymbolRequest.type, { textDocument: { uri: uri('app.ds') } });
  assert.equal(one.name, 'a.one');
});

test('folding, selection, colours, hints, lenses', async () => {
  const folds = await connection.sendRequest(p.FoldingRangeRequest.type, { textDocument });
  assert.deepEqual([folds[0].startLine, folds[0].endLine], [1, 6]);
  const [range] = await connection.sendRequest(p.SelectionRangeRequest.type, { textDocument, positions: [at('who").trim')] });
  assert.deepEqual(range.range, { start: at('who").trim'), end: at('who").trim', 3) });
  const tokens = await connection.sendRequest(p.SemanticTokensRequest.type, { textDocument });
  assert.equal(tokens.data.length % 5, 0);
  const { tokenTypes } = capabilities.semanticTokensProvider.legend;
  const lines = main.split('\n');
  const pieces = [];
  for (let i = 0, line = 0, start = 0; i < tokens.data.length; i += 5) {
    const [down, right, length, type] = tokens.data.slice(i, i + 4);
    [line, start] = [line + down, down ? right : start + right];
    pieces.push(`${lines[line].slice(start, start + length)} ${tokenTypes[type]}`);
  }
  assert.deepEqual(pieces.slice(0, 6), [
    'map type', 'order function', 'string type', 'name parameter', 'result variable', '= operator',
  ]);
  assert.ok(pieces.includes('"😀" string') && pieces.includes('tax function') && pieces.includes('trim method'), pieces);
  const delta = await connection.sendRequest(p.SemanticTokensDeltaRequest.type, {
    textDocument,
    previousResultId: tokens.resultId,
  });
  assert.deepEqual(delta.edits, []);
  const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const part = await connection.sendRequest(p.SemanticTokensRangeRequest.type, { textDocument, range: whole });
  assert.deepEqual(part.data, tokens.data);
  const hints = await connection.sendRequest(p.InlayHintRequest.type, { textDocument, range: whole });
  assert.equal(hints[0].label, ': KEY-VALUE');
  const lenses = await connection.sendRequest(p.CodeLensRequest.type, { textDocument });
  assert.deepEqual(lenses.map((one) => one.command.command), ['rainwright.run', 'rainwright.try']);
  assert.deepEqual(lenses[0].command.arguments, [textDocument.uri, 'order']);
});

test('call hierarchy', async () => {
  const [item] = await connection.sendRequest(p.CallHierarchyPrepareRequest.type, { textDocument, position: at('tax(10.5)') });
  const incoming = await connection.sendRequest(p.CallHierarchyIncomingCallsRequest.type, { item });
  assert.deepEqual(incoming.map((one) => one.from.name), ['order']);
  const outgoing = await connection.sendRequest(p.CallHierarchyOutgoingCallsRequest.type, { item: incoming[0].from });
  assert.deepEqual(outgoing.map((one) => one.to.name), ['billing.tax']);
});

test('incremental changes, findings while typing, quick fixes', async () => {
  const document = { uri: uri('draft.dg'), languageId: 'deluge', version: 1, text: 'void f()\n{\n\ttotal = "😀";\n}\n' };
  await connection.sendNotification(p.DidOpenTextDocumentNotification.type, { textDocument: document });
  await findingsOf(document.uri, (found) => errors(found).length === 0);
  const place = { line: 2, character: 14 };
  await connection.sendNotification(p.DidChangeTextDocumentNotification.type, {
    textDocument: { uri: document.uri, version: 2 },
    contentChanges: [{ range: { start: place, end: place }, text: '\n\tinfo totl;' }],
  });
  const [finding] = errors(await findingsOf(document.uri, (found) => errors(found).length > 0));
  assert.deepEqual([finding.code, finding.range.start], ['E5001', { line: 3, character: 6 }]);
  const actions = await connection.sendRequest(p.CodeActionRequest.type, {
    textDocument: { uri: document.uri },
    range: finding.range,
    context: { diagnostics: [finding] },
  });
  const text = 'void f()\n{\n\ttotal = "😀";\n\tinfo totl;\n}\n';
  assert.equal(edited(text, actions[0].edit.changes[document.uri]), text.replace('totl', 'total'));
  assert.equal(actions[0].isPreferred, true);
  await connection.sendNotification(p.DidCloseTextDocumentNotification.type, { textDocument: { uri: document.uri } });
  await findingsOf(document.uri, (found) => found.length === 0);
});

test('formatting: a file, a range, while typing; extraction', async () => {
  const text = 's="😀";t=1;\nif(t==1)\n{\ninfo s;\n}';
  const textDocument = { uri: uri('style.dg') };
  await connection.sendNotification(p.DidOpenTextDocumentNotification.type, {
    textDocument: { ...textDocument, languageId: 'deluge', version: 1, text },
  });
  const options = { tabSize: 4, insertSpaces: false };
  const whole = await connection.sendRequest(p.DocumentFormattingRequest.type, { textDocument, options });
  const wanted = 's = "😀";\nt = 1;\nif(t == 1)\n{\n\tinfo s;\n}\n';
  assert.equal(edited(text, whole), wanted);
  const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 7 } };
  const part = await connection.sendRequest(p.DocumentRangeFormattingRequest.type, { textDocument, options, range });
  assert.match(edited(text, part), /\n\{\n\tinfo s;\n\}/);
  const typed = await connection.sendRequest(p.DocumentOnTypeFormattingRequest.type, {
    textDocument,
    options,
    position: { line: 4, character: 1 },
    ch: '}',
  });
  assert.match(edited(text, typed), /^s="😀";t=1;\nif\(t == 1\)\n\{\n\tinfo s;\n\}$/);
  const actions = await connection.sendRequest(p.CodeActionRequest.type, {
    textDocument,
    range,
    context: { diagnostics: [], only: ['refactor'] },
  });
  assert.match(edited(text, actions[0].edit.changes[textDocument.uri]), /void extracted\(string s\)\n\{\n\tinfo s;\n\}/);
});

test('watched files', async () => {
  assert.equal(registered[0].method, 'workspace/didChangeWatchedFiles');
  writeFileSync(join(folder, 'functions/late.dg'), 'int late(int n)\n{\n\treturn n;\n}\n');
  await connection.sendNotification(p.DidChangeWatchedFilesNotification.type, {
    changes: [{ uri: uri('functions/late.dg'), type: p.FileChangeType.Created }],
  });
  const found = await connection.sendRequest(p.WorkspaceSymbolRequest.type, { query: 'late' });
  assert.deepEqual(found.map((one) => one.name), ['late']);
});

test('cancellation', async () => {
  const source = new p.CancellationTokenSource();
  const first = connection.sendRequest(p.WorkspaceSymbolRequest.type, { query: '' });
  const second = connection.sendRequest(p.WorkspaceSymbolRequest.type, { query: 'x' }, source.token);
  source.cancel();
  await first;
  // It is answered or given up, and the server goes on either way.
  await second.catch((error) => assert.equal(error.code, p.LSPErrorCodes.RequestCancelled));
  assert.ok(await connection.sendRequest(p.HoverRequest.type, { textDocument, position: at('name') }));
});
