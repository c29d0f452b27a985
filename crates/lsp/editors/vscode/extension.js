// Starts the language server `dg lsp` and the debugger `dg dap`, offers to run and test scripts, and shows connections.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');
const { launchConfiguration, serverArguments, task } = require('./commands');
const { connectionsView } = require('./connections');
const { testExplorer } = require('./tests');

/** @type {LanguageClient | undefined} */
let client;

/** The settings that hold for a file. */
function settings(uri) {
  const all = vscode.workspace.getConfiguration('rainwright', uri);
  return { program: all.get('path', 'dg'), environment: all.get('environment', ''), sandbox: all.get('sandbox', false) };
}

async function start() {
  const { program, environment } = settings();
  const run = { command: program, args: serverArguments(environment) };
  client = new LanguageClient('rainwright', 'Deluge (Rainwright)', { run, debug: run }, {
    documentSelector: [{ language: 'deluge' }],
    middleware: {
      // A quick fix that adds a connection: here is a terminal that can ask.
      executeCommand: (command, args, next) => command === 'rainwright.connect'
        ? vscode.commands.executeCommand('rainwright.connections.connect', { service: args[0], link: args[1] })
        : next(command, args),
    },
  });
  try {
    await client.start();
  } catch (error) {
    // The client does not always say why.
    const why = error?.message ? `: ${error.message}` : '';
    const choice = await vscode.window.showErrorMessage(
      `The program ${program} could not be started${why}. Install it, or say in the settings where it is.`,
      'Open Settings',
    );
    if (choice) {
      vscode.commands.executeCommand('workbench.action.openSettings', 'rainwright.path');
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  // A server that never started has nothing to stop.
  await running?.stop().catch(() => {});
}

/** Runs `dg` in a terminal of its own: `ProcessExecution` takes words as they are, so that no shell reads file names. */
async function execute(kind, target, entry) {
  const uri = target ? vscode.Uri.parse(String(target)) : vscode.window.activeTextEditor?.document.uri;
  if (kind !== 'testAll' && uri?.scheme !== 'file') {
    vscode.window.showErrorMessage('Save the script first.');
    return undefined;
  }
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri?.toString());
  if (document?.isDirty && !(await document.save())) {
    return undefined;
  }
  const folder = (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
  const { program, environment, sandbox } = settings(uri);
  const { name, args } = task(kind, uri?.fsPath, entry, { environment, sandbox });
  return inTerminal(kind, name, program, args, folder);
}

/** Runs `dg` in a terminal. */
function inTerminal(kind, name, program, args, folder) {
  const execution = new vscode.ProcessExecution(program, args, folder && { cwd: folder.uri.fsPath });
  const made = new vscode.Task({ type: 'rainwright', kind }, folder ?? vscode.TaskScope.Global, name, 'dg', execution, []);
  made.presentationOptions = { clear: true, panel: vscode.TaskPanelKind.Shared };
  return vscode.tasks.executeTask(made);
}

/** Connects, or tests a connection: the command asks in its terminal. */
function forConnection(name, args) {
  const folder = vscode.workspace.workspaceFolders?.[0];
  return inTerminal('connection', name, settings(folder?.uri).program, args, folder);
}

/** Fills in what a launch configuration leaves out: the script in the editor. */
const configurations = {
  resolveDebugConfiguration(_folder, config) {
    const document = vscode.window.activeTextEditor?.document;
    const isScript = document?.languageId === 'deluge' && document.uri.scheme === 'file';
    const made = launchConfiguration(config, isScript ? document.uri.fsPath : undefined, settings(document?.uri));
    if (!made.program && !made.run) {
      vscode.window.showErrorMessage('Open the script to debug, or name it as "program" in the launch configuration.');
      return undefined;
    }
    return made;
  },
};

/** Starts the debugger: one process for each session. */
const adapters = {
  createDebugAdapterDescriptor(session) {
    const folder = session.workspaceFolder?.uri;
    return new vscode.DebugAdapterExecutable(settings(folder).program, ['dap'], folder ? { cwd: folder.fsPath } : undefined);
  },
};

/** Debugs a script, the one in the editor without a target. */
async function debug(target, entry) {
  const uri = target ? vscode.Uri.parse(String(target)) : vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== 'file') {
    vscode.window.showErrorMessage('Save the script first.');
    return false;
  }
  const config = { program: uri.fsPath, ...(typeof entry === 'string' ? { entry } : {}) };
  const made = launchConfiguration(config, uri.fsPath, settings(uri));
  return vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), made);
}

async function activate(context) {
  for (const kind of ['run', 'test', 'testAll', 'try']) {
    const command = vscode.commands.registerCommand(`rainwright.${kind}`, (target, entry) => execute(kind, target, entry));
    context.subscriptions.push(command);
  }
  context.subscriptions.push(
    ...connectionsView(vscode, settings, forConnection),
    vscode.commands.registerCommand('rainwright.debug', debug),
    vscode.debug.registerDebugConfigurationProvider('deluge', configurations),
    vscode.debug.registerDebugAdapterDescriptorFactory('deluge', adapters),
    vscode.commands.registerCommand('rainwright.restart', async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('rainwright.path') || event.affectsConfiguration('rainwright.environment')) {
        vscode.commands.executeCommand('rainwright.restart');
      }
    }),
  );
  // Tests run code of the folder: of one that is not trusted there are none.
  const tests = () => context.subscriptions.push(...testExplorer(vscode, settings));
  if (vscode.workspace.isTrusted) tests();
  else context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(tests));
  await start();
}

module.exports = { activate, deactivate: stop };
