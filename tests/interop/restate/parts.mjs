// What the tests with Restate are made of: its server, workers, a balancer in front of them, and a service that counts calls.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const worker = process.env.RAINWRIGHT_WORKER;
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// A program that should run has ended: there is nothing to wait for.
class Ended extends Error {}

// Asks until the answer is one that is wanted; busy machines take their time.
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await Promise.resolve().then(ask).catch((error) => {
      if (error instanceof Ended) throw error;
    });
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${seconds} s`);
    await pause(50);
  }
}

// The environment of a program. What the user has set for programs of ours and of Restate is not for the test.
export function environment(own) {
  const foreign = ([name]) => !/^(RAINWRIGHT_|RESTATE_|RUST_LOG)/.test(name);
  return { ...Object.fromEntries(Object.entries(process.env).filter(foreign)), ...own };
}

function start(program, args, env) {
  const child = spawn(program, args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.said = '';
  child.on('error', (error) => (child.said += error.message));
  for (const way of [child.stdout, child.stderr]) way.on('data', (data) => (child.said += data));
  child.gone = new Promise((resolve) => child.on('exit', resolve));
  child.gone.then(() => children.delete(child));
  return child;
}

export async function kill(child) {
  child.kill('SIGKILL');
  await child.gone;
}

// A folder with the functions, removed with everything in it at the end.
export function folder(files) {
  const place = mkdtempSync(path.join(os.tmpdir(), 'restate-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(place, name), text);
  return { place, remove: () => rmSync(place, { recursive: true, force: true }) };
}

// Restate's server, on loopback only; started again, it goes on with what it has in its folder.
export class Restate {
  constructor(place) {
    this.place = place;
  }

  async start() {
    this.ports ??= [await freePort(), await freePort(), await freePort()];
    const [ingress, admin, node] = this.ports;
    const home = path.join(this.place, 'node_modules/@restatedev');
    const platform = `restate-server-${process.platform}-${process.arch}`;
    const program = path.join(process.env.RAINWRIGHT_RESTATE ?? home, platform, 'bin/restate-server');
    this.child = start(program, ['--no-logo', '--base-dir', path.join(this.place, 'restate')], {
      RESTATE_NODE_NAME: 'test',
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_BIND_IP: '127.0.0.1',
      RESTATE_BIND_PORT: `${node}`,
      RESTATE_ADVERTISED_HOST: '127.0.0.1',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_DEFAULT_NUM_PARTITIONS: '1',
      RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '256MB',
      RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: '100ms',
      RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: '300ms',
    });
    this.ingress = `http://127.0.0.1:${ingress}`;
    this.admin = `http://127.0.0.1:${admin}`;
    await until('the start of Restate', async () => {
      if (this.child.exitCode !== null) throw new Ended(this.child.said);
      const [one, two] = await Promise.all([fetch(`${this.admin}/health`), fetch(`${this.ingress}/restate/health`)]);
      return one.ok && two.ok;
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.child.said.slice(-3000)}`);
    });
  }

  async register(uri) {
    const answer = await this.json(`${this.admin}/deployments`, { uri, force: true });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer));
    return answer.body;
  }

  async json(url, body) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: text ? JSON.parse(text) : undefined };
  }

  // Rows of what the server tells about itself.
  async query(query) {
    const answer = await fetch(`${this.admin}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()).rows;
  }

  call(name, input) {
    return this.json(`${this.ingress}/functions/${name}`, input);
  }

  // Starts a run and gives its id.
  async send(name, input) {
    return (await this.json(`${this.ingress}/functions/${name}/send`, input)).body.invocationId;
  }

  // Waits for the end of a run, across restarts of the server.
  async result(id) {
    return until(`the end of ${id}`, async () => {
      const answer = await fetch(`${this.ingress}/restate/invocation/${id}/output`);
      return answer.ok ? { text: await answer.text() } : answer.status === 422 && { error: await answer.text() };
    });
  }
}

// A worker in a process of its own; its address is the first thing that it says.
export async function startWorker(place, { program = worker, more = {} } = {}) {
  const home = path.join(place, 'home');
  const args = program === worker ? [place, '--listen', '127.0.0.1:0', '--allow-net', '127.0.0.1'] : [];
  const env = { RAINWRIGHT_HOME: home, ...more };
  const child = start(program, args, env);
  const address = () => /http:\/\/127\.0\.0\.1:(\d+)/.exec(child.said)?.[1];
  child.port = Number(await until('the start of a worker', () => {
    if (child.exitCode !== null) throw new Ended(child.said);
    return address();
  }));
  return child;
}

// One address for several workers: each connection goes to the next one that takes it.
export class Balancer {
  workers = [];
  turn = 0;

  async start() {
    this.server = net.createServer((from) => this.forward(from, this.workers.length));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.uri = `http://127.0.0.1:${this.server.address().port}`;
    this.server.unref();
  }

  forward(from, left) {
    const worker = this.workers[this.turn++ % this.workers.length];
    if (!worker || left <= 0) return from.destroy();
    const to = net.connect(worker.port, '127.0.0.1');
    to.once('connect', () => {
      from.pipe(to).pipe(from);
      to.removeAllListeners('error').on('error', () => from.destroy());
    });
    to.once('error', () => this.forward(from, left - 1));
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    to.on('close', () => to.readyState === 'closed' && to.bytesRead + to.bytesWritten > 0 && from.destroy());
  }
}

// A service that counts, for each path, the idempotency keys that came; a call of `held` waits for its release.
export class Service {
  seen = new Map();
  // How the last call of each path was authorised.
  logins = new Map();
  // Paths whose next call is refused.
  away = new Set();

  async start() {
    this.server = http.createServer(async (request, response) => {
      for await (const _ of request);
      const keys = this.seen.get(request.url) ?? [];
      this.seen.set(request.url, [...keys, request.headers['idempotency-key'] ?? '']);
      this.logins.set(request.url, request.headers.authorization);
      if (request.url === this.held?.path) {
        this.held.came();
        await this.held.released;
      }
      if (this.away.delete(request.url)) return response.writeHead(503).end();
      const number = Number(request.url.split('/').pop());
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`${number * 10}`);
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.server.unref();
  }

  // Holds the next call of a path: `came` says when it is there.
  hold(path) {
    const held = { path };
    const here = new Promise((resolve) => (held.came = resolve));
    held.released = new Promise((resolve) => (this.release = () => { this.held = undefined; resolve(); }));
    this.held = held;
    return here;
  }

  // How often calls came again; each path must have come, always with one key that no other has.
  repeated(prefix, count) {
    const all = [...this.seen].filter(([url]) => url.startsWith(prefix));
    if (all.length !== count) throw new Error(`${all.length} of ${count} calls came below ${prefix}`);
    const keys = new Set();
    for (const [url, these] of all) {
      if (!these[0] || new Set(these).size !== 1) throw new Error(`${url} came with the keys ${these}`);
      keys.add(these[0]);
    }
    if (keys.size !== count) throw new Error('two calls have one key');
    return all.reduce((sum, [, these]) => sum + these.length - 1, 0);
  }
}
