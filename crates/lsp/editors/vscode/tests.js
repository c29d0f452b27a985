// The test explorer: golden scripts with their sections, run by `dg test --json`.
'use strict';

const path = require('node:path');
const { askJson } = require('./program');

/** Comments that make a script a test. */
const MARK = /^\s*\/\/(?:@ |--- )|\/\/ (?:=> |error E\d|warning E\d|calls |mails )/m;

/** Whether a script says what must come out. */
function isTest(text) {
  return MARK.test(text);
}

/**
 * The sections of a golden script: their names and lines, counted from 0. The first one, without a name, is the script up to
 * the first `//---`; where that has nothing but blanks it is none.
 */
function sections(text) {
  const lines = text.split(/\r\n|\r|\n/);
  const found = lines.flatMap((line, at) => {
    const name = /^\/\/---\s*(.*?)\s*$/.exec(line);
    return name ? [{ name: name[1], line: at }] : [];
  });
  const first = found.length > 0 ? found[0].line : lines.length;
  const begins = lines.slice(0, first).some((line) => line.trim() !== '');
  return begins && found.length > 0 ? [{ name: '', line: 0 }, ...found] : found;
}

/** The last section that begins at a line or before it: a table of inputs has a result for each of its lines. */
function sectionOf(all, line) {
  return all.reduce((last, one, at) => (one.line <= line ? at : last), -1);
}

/**
 * Shows the tests of the folders that are open.
 * @param {typeof import('vscode')} vscode
 * @param {(uri?: import('vscode').Uri) => { program: string }} settings
 */
function testExplorer(vscode, settings) {
  const controller = vscode.tests.createTestController('rainwright', 'Deluge');

  /** Puts a file's sections below it, or takes the file away. */
  const update = (uri, text) => {
    const id = uri.toString();
    if (!isTest(text)) {
      controller.items.delete(id);
      return undefined;
    }
    const label = vscode.workspace.asRelativePath(uri);
    const item = controller.items.get(id) ?? controller.createTestItem(id, label, uri);
    controller.items.add(item);
    const children = sections(text).map(({ name, line }, at) => {
      const child = controller.createTestItem(`${id}#${at}`, name || '(first section)', uri);
      child.range = new vscode.Range(line, 0, line, 0);
      return child;
    });
    item.children.replace(children);
    return item;
  };

  const read = async (uri) => {
    try {
      return update(uri, Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8'));
    } catch {
      controller.items.delete(uri.toString());
      return undefined;
    }
  };

  const discover = async () => {
    const files = await vscode.workspace.findFiles('**/*.dg', '**/{node_modules,target}/**');
    await Promise.all(files.map(read));
  };

  /** The files that a request is about, each with the items that are asked for. */
  const wanted = (request) => {
    const files = new Map();
    const add = (item) => {
      const file = item.parent ?? item;
      const items = files.get(file) ?? new Set();
      const all = item.parent ? [item] : [...children(item)];
      all.forEach((one) => items.add(one));
      files.set(file, items);
    };
    (request.include ?? [...children({ children: controller.items })]).forEach(add);
    for (const item of request.exclude ?? []) {
      if (item.parent) files.get(item.parent)?.delete(item);
      else files.delete(item);
    }
    return files;
  };

  const run = async (request, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    const shown = controller.createTestRun(request);
    for (const [file, items] of wanted(request)) {
      if (token.isCancellationRequested) break;
      const targets = items.size > 0 ? [...items] : [file];
      targets.forEach((item) => shown.started(item));
      try {
        const folder = vscode.workspace.getWorkspaceFolder(file.uri)?.uri.fsPath ?? path.dirname(file.uri.fsPath);
        const options = { cwd: folder, signal: stop.signal };
        const answer = await askJson(settings(file.uri).program, ['test', '--json', file.uri.fsPath], options);
        report(vscode, shown, file, targets, answer.tests);
      } catch (error) {
        targets.forEach((item) => shown.errored(item, new vscode.TestMessage(error.message)));
      }
    }
    shown.end();
  };

  controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, run, true);
  controller.refreshHandler = discover;
  controller.resolveHandler = (item) => (item ? read(item.uri) : discover());
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.dg');
  watcher.onDidCreate(read);
  watcher.onDidChange(read);
  watcher.onDidDelete((uri) => controller.items.delete(uri.toString()));
  return [controller, watcher];
}

/** The items below one. */
function children(item) {
  const found = [];
  item.children.forEach((child) => found.push(child));
  return found;
}

/** Tells how a file's tests went: each section by its own results, a file without sections by all. */
function report(vscode, shown, file, targets, results) {
  const all = children(file).map((item) => ({ item, line: item.range.start.line }));
  for (const target of targets) {
    const own = results.filter(({ line }) => target === file || all[sectionOf(all, line - 1)]?.item === target);
    const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
    const messages = own.flatMap((one) => one.mismatches.map((mismatch) => message(vscode, file.uri, mismatch)));
    if (own.length === 0) shown.skipped(target);
    else if (own.every((one) => one.passed)) shown.passed(target, seconds * 1000);
    else shown.failed(target, messages, seconds * 1000);
  }
}

function message(vscode, uri, { line, expected, found }) {
  const made = vscode.TestMessage.diff(`expected ${expected || 'nothing'}, found ${found || 'nothing'}`, expected, found);
  made.location = new vscode.Location(uri, new vscode.Position(line - 1, 0));
  return made;
}

module.exports = { isTest, sections, sectionOf, testExplorer };
