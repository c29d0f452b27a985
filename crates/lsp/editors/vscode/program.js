// Runs `dg` for an answer that is JSON.
'use strict';

const { execFile } = require('node:child_process');

/** The most that an answer may hold, in bytes. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The JSON that `dg` prints. An exit code says how it went, not whether there is an answer: tests that fail have one.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, signal?: AbortSignal }} options
 */
function askJson(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: LARGEST, windowsHide: true }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        const said = stderr.trim() || error?.message || 'it printed nothing';
        reject(new Error(`${program} ${args.join(' ')}: ${said}`));
      }
    });
  });
}

module.exports = { askJson };
