// A host for the extension without VS Code: the parts of its interface that the extension uses. Tasks really run.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

class Uri {
  constructor(address) { this.address = address; }
  static parse(text) { return new Uri(text); }
  static file(path) { return new Uri(pathToFileURL(path).toString()); }
  get scheme() { return this.address.split(':')[0]; }
  get fsPath() { return fileURLToPath(this.address); }
  toString() { return this.address; }
}

class EventEmitter {
  listeners = [];
  event = (listener) => {
    this.listeners.push(listener);
    return { dispose() {} };
  };
  fire(value) { this.listeners.forEach((listener) => listener(value)); }
  dispose() {}
}

class Items extends Map {
  add(item) { this.set(item.id, item); item.parent = this.owner; }
  replace(items) { this.clear(); items.forEach((item) => this.add(item)); }
}

const plain = (...names) => class {
  constructor(...values) { names.forEach((name, at) => { this[name] = values[at]; }); }
};

/** The interface, on a folder; what the extension does with it is kept in `seen`. */
function fake(folder, configuration) {
  const seen = { commands: new Map(), views: new Map(), tasks: [], errors: [], controllers: [], clipboard: '', picks: [], debugged: [] };
  const root = { uri: Uri.file(folder), name: 'folder', index: 0 };
  const disposable = { dispose() {} };
  const ended = new EventEmitter();
  const makeItem = (id, label, uri) => {
    const item = { id, label, uri, children: new Items(), parent: undefined };
    item.children.owner = item;
    return item;
  };
  const vscode = {
    Uri, EventEmitter,
    Range: plain('startLine', 'startCharacter', 'endLine', 'endCharacter'),
    Position: plain('line', 'character'),
    Location: plain('uri', 'range'),
    ProcessExecution: plain('process', 'args', 'options'),
    Task: plain('definition', 'scope', 'name', 'source', 'execution', 'problemMatchers'),
    TreeItem: plain('label', 'collapsibleState'),
    ThemeIcon: plain('id', 'color'),
    ThemeColor: plain('id'),
    DebugAdapterExecutable: plain('command', 'args', 'options'),
    TestMessage: class {
      constructor(message) { this.message = message; }
      static diff(message, expected, actual) { return Object.assign(new this(message), { expectedOutput: expected, actualOutput: actual }); }
    },
    TaskScope: { Global: 1 },
    TaskPanelKind: { Shared: 1 },
    TestRunProfileKind: { Run: 1 },
    TreeItemCollapsibleState: { None: 0 },
    env: { clipboard: { writeText: async (text) => { seen.clipboard = text; } } },
    commands: {
      registerCommand(name, handler) {
        if (seen.commands.has(name)) throw new Error(`${name} is registered twice`);
        seen.commands.set(name, handler);
        return disposable;
      },
      executeCommand: (name, ...args) => seen.commands.get(name)?.(...args),
    },
    window: {
      activeTextEditor: undefined,
      registerTreeDataProvider(name, provider) { seen.views.set(name, provider); return disposable; },
      showErrorMessage: async (message) => { seen.errors.push(message); },
      showQuickPick: async (items) => { seen.picks.push(items); return seen.pick?.(items); },
    },
    workspace: {
      isTrusted: true,
      workspaceFolders: [root],
      textDocuments: [],
      getConfiguration: () => ({ get: (name, otherwise) => configuration[name] ?? otherwise }),
      getWorkspaceFolder: () => root,
      asRelativePath: (uri) => relative(folder, uri.fsPath),
      findFiles: async () =>
        readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.dg')).map((name) => Uri.file(join(folder, name))),
      fs: { readFile: async (uri) => readFileSync(uri.fsPath) },
      createFileSystemWatcher: () => {
        seen.watcher = { created: new EventEmitter(), changed: new EventEmitter(), deleted: new EventEmitter() };
        const { created, changed, deleted } = seen.watcher;
        return { onDidCreate: created.event, onDidChange: changed.event, onDidDelete: deleted.event, dispose() {} };
      },
      onDidChangeConfiguration: () => disposable,
      onDidGrantWorkspaceTrust: (listener) => { seen.granted = listener; return disposable; },
    },
    tasks: {
      onDidEndTask: ended.event,
      executeTask(task) {
        const { process: program, args, options } = task.execution;
        seen.tasks.push({ name: task.name, args });
        return new Promise((resolve, reject) => {
          const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
          let output = '';
          child.stdout.on('data', (part) => { output += part; });
          child.stderr.on('data', (part) => { output += part; });
          child.on('error', reject);
          child.on('close', (code) => {
            ended.fire({ execution: { task } });
            resolve({ code, output });
          });
        });
      },
    },
    debug: {
      registerDebugConfigurationProvider(type, provider) { seen.configurations = provider; return disposable; },
      registerDebugAdapterDescriptorFactory(type, factory) { seen.adapters = factory; return disposable; },
      startDebugging: async (_folder, config) => { seen.debugged.push(config); return true; },
    },
    tests: {
      createTestController(id, label) {
        const controller = {
          id, label, items: new Items(), profiles: [], runs: [],
          createTestItem: makeItem,
          createRunProfile(name, kind, handler) { controller.profiles.push({ name, kind, handler }); },
          createTestRun() {
            const run = { results: new Map(), ended: false };
            const set = (how) => (item, detail) => run.results.set(item.id, { how, detail });
            controller.runs.push(run);
            return { started: set('started'), passed: set('passed'), failed: set('failed'), skipped: set('skipped'),
              errored: set('errored'), end() { run.ended = true; } };
          },
          dispose() {},
        };
        seen.controllers.push(controller);
        return controller;
      },
    },
  };
  Object.defineProperty(vscode.Range.prototype, 'start', { get() { return { line: this.startLine, character: this.startCharacter }; } });
  return { vscode, seen };
}

/** Loads and activates the extension on a folder. The client of the language server has tests of its own. */
export async function activate(folder, configuration, change = () => {}) {
  const { vscode, seen } = fake(folder, configuration);
  change(vscode);
  class LanguageClient {
    constructor(_id, _name, options, { middleware }) { Object.assign(seen, { server: options.run, middleware }); }
    async start() { seen.started = (seen.started ?? 0) + 1; }
    async stop() { seen.stopped = (seen.stopped ?? 0) + 1; }
  }
  const load = Module._load;
  Module._load = (name, ...rest) => {
    if (name === 'vscode') return vscode;
    if (name === 'vscode-languageclient/node') return { LanguageClient };
    return load(name, ...rest);
  };
  try {
    const file = require.resolve('../extension.js');
    delete require.cache[file];
    const extension = require(file);
    await extension.activate({ subscriptions: [] });
    return { vscode, seen, deactivate: extension.deactivate };
  } finally {
    Module._load = load;
  }
}
