// What `dg` is started with; nothing here needs an editor.
'use strict';

/** The arguments of the language server. */
function serverArguments(environment) {
  return environment ? ['lsp', '--env', environment] : ['lsp'];
}

/**
 * The name and the arguments of a command that runs in a terminal.
 * @param {'run' | 'test' | 'testAll' | 'try'} kind
 * @param {string | undefined} file
 * @param {string | null | undefined} entry a function or event of the file; the whole file without one
 * @param {{ environment?: string, sandbox?: boolean }} settings
 */
function task(kind, file, entry, settings = {}) {
  const environment = settings.environment ? ['--env', settings.environment] : [];
  const sandbox = settings.sandbox ? ['--sandbox'] : [];
  const chosen = entry ? ['--entry', entry] : [];
  const short = file ? file.split(/[\\/]/).pop() : '';
  switch (kind) {
    case 'run':
      return { name: `run ${entry ?? short}`, args: ['run', file, ...chosen, ...environment, ...sandbox] };
    case 'test':
      return { name: `test ${short}`, args: ['test', file] };
    case 'testAll':
      return { name: 'test all', args: ['test'] };
    case 'try':
      return { name: `try ${entry ?? short}`, args: ['try', file, ...chosen] };
    default:
      throw new Error(`unknown command ${kind}`);
  }
}

/**
 * A launch configuration as it is started: what is left out is the script in the editor, with the extension's settings.
 * @param {Record<string, unknown>} config
 * @param {string | undefined} file
 * @param {{ environment?: string, sandbox?: boolean }} settings
 */
function launchConfiguration(config, file, settings = {}) {
  const made = { type: 'deluge', request: 'launch', name: 'Debug Script', ...config };
  if (!made.run && !made.program && file) made.program = file;
  if (made.run || made.try) return made;
  if (settings.environment && made.env === undefined) made.env = settings.environment;
  // A recording answers by itself.
  if (settings.sandbox && made.sandbox === undefined && !made.replay) made.sandbox = true;
  return made;
}

module.exports = { launchConfiguration, serverArguments, task };
