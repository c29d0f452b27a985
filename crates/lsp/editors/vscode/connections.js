// The view of connections: what is there, in which state; to connect a service and to test a connection.
'use strict';

const { askJson } = require('./program');

/** What a connection's row shows: a colour that says whether scripts can use it, and why not. */
function row(connection) {
  const { name, service, status, usable, tested, problem, environment, subject } = connection;
  const words = [service, status];
  if (environment && environment !== 'default') words.push(environment);
  if (subject && subject !== 'shared') words.push(subject);
  if (usable && !tested) words.push('never tested');
  const [icon, color] = !usable ? ['error', 'testing.iconFailed']
    : problem ? ['warning', 'testing.iconErrored']
    : tested ? ['pass', 'testing.iconPassed'] : ['circle-outline', undefined];
  return { label: name, description: words.join(' · '), tooltip: problem ?? `connection: "${name}"`, icon, color };
}

/** The words that name a connection on the command line. */
function target({ name, environment, subject }) {
  const args = [name];
  if (environment && environment !== 'default') args.push('--env', environment);
  if (subject && subject !== 'shared') args.push('--user', subject);
  return args;
}

/**
 * Shows the view and registers its commands.
 * @param {typeof import('vscode')} vscode
 * @param {() => { program: string, environment: string }} settings
 * @param {(name: string, args: string[]) => Promise<unknown>} inTerminal runs `dg` in a terminal, where it can ask
 */
function connectionsView(vscode, settings, inTerminal) {
  const changed = new vscode.EventEmitter();
  const environment = () => {
    const { environment } = settings();
    return environment ? ['--env', environment] : [];
  };
  const provider = {
    onDidChangeTreeData: changed.event,
    getTreeItem(connection) {
      const { label, description, tooltip, icon, color } = row(connection);
      const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
      const iconPath = new vscode.ThemeIcon(icon, color && new vscode.ThemeColor(color));
      return Object.assign(item, { description, tooltip, iconPath, contextValue: 'connection' });
    },
    async getChildren(connection) {
      if (connection) return [];
      try {
        return await askJson(settings().program, ['connections', 'list', '--json', ...environment()]);
      } catch (error) {
        vscode.window.showErrorMessage(error.message);
        return [];
      }
    },
  };
  const refresh = () => changed.fire(undefined);

  /** Connects a service in a terminal: the one that a script needs under a name, else one that the user chooses. */
  const connect = async (wanted) => {
    const link = wanted?.link ? ['--link', wanted.link] : [];
    if (wanted?.link && wanted.service) {
      return inTerminal(`connect ${wanted.service}`, ['connect', wanted.service, ...link, ...environment()]);
    }
    const services = await askJson(settings().program, ['services', '--json']).catch((error) => {
      vscode.window.showErrorMessage(error.message);
      return [];
    });
    const items = services.map(({ id, name, category }) => ({ label: name, description: id, detail: category, id }));
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: 'The service to connect', matchOnDescription: true });
    return chosen && inTerminal(`connect ${chosen.id}`, ['connect', chosen.id, ...link, ...environment()]);
  };

  /** Calls the service, and tells whether the connection works. */
  const test = (connection) => connection && inTerminal(`test ${connection.name}`, ['connections', 'test', ...target(connection)]);
  /** Asks for the consent again. */
  const again = ({ name, ...rest }) => {
    const [, ...where] = target({ name, ...rest });
    return inTerminal(`reconnect ${name}`, ['connect', '--reconnect', name, ...where]);
  };
  /** Puts the `connection:` line for a script on the clipboard. */
  const copy = ({ name }) => vscode.env.clipboard.writeText(`connection: "${name}"`);

  const register = (name, handler) => vscode.commands.registerCommand(`rainwright.connections.${name}`, handler);
  return [
    changed,
    vscode.window.registerTreeDataProvider('rainwright.connections', provider),
    register('refresh', refresh),
    register('connect', connect),
    register('test', test),
    register('reconnect', again),
    register('copy', copy),
    // What a terminal did may have changed them.
    vscode.tasks.onDidEndTask(({ execution }) => {
      if (execution.task.definition.type === 'rainwright') refresh();
    }),
  ];
}

module.exports = { connectionsView, row, target };
