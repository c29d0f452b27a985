// Functions as handlers of Restate: steps that are kept, workers and servers that are killed, several workers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { Balancer, Restate, Service, environment, folder, kill, startWorker, until } from './parts.mjs';

const CALLS = 10;
const FUNCTIONS = (port) => ({
  'calls.dg': `
int standalone.calls(string name)
{
	total = 0;
	for each i in {1,2,3,4,5,6,7,8,9,10}
	{
		answer = invokeurl
		[
			url:"http://127.0.0.1:${port}/" + name + "/" + i
			type:POST
			parameters:{"n":i}
		];
		info name + " " + i;
		total = total + answer.toNumber();
	}
	return total;
}
`,
  'stored.dg': `
string stored()
{
	return invokeurl
	[
		url:"http://127.0.0.1:${port}/stored/7"
		type:GET
		connection:"erp"
	];
}
`,
  // Its third step is long.
  'computes.dg': `
string computes(string name, int turns)
{
	text = "";
	for each i in {1,2,3,4}
	{
		x = 0;
		if(i == 3)
		{
			while(x < turns)
			{
				x = x + 1;
			}
		}
		answer = invokeurl
		[
			url:"http://127.0.0.1:${port}/" + name + "/" + i
			type:POST
		];
		info name + " " + i;
		text = text + answer + ";";
	}
	return text;
}
`,
  'exact.dg': `
map exact(decimal price, string name)
{
	return {"price":price * 3,"name":name,"day":zoho.currentdate.toString("yyyy"),"lot":randomNumber(1,1000000) > 0};
}
`,
  'fails.dg': 'string fails()\n{\n\tx = 1 / 0;\n\treturn "";\n}\n',
  'leave.dg': `
string leave(int days)
{
	first = randomNumber(1,1000000000);
	durable.wait(1);
	by = durable.signal("approved").get("by");
	return days + " days by " + by + " " + (first == first);
}
`,
  // The flow of the guide: a branch, an approval, retries, a timer, and what is undone.
  'order.dg': `
map order(string article, int pieces)
{
	total = reserve(article, pieces);
	if(total > 1000)
	{
		if(!durable.signal("approved"))
		{
			return {"state":"refused"};
		}
	}
	for each attempt in {1,2,3}
	{
		answer = invokeurl
		[
			url:"http://127.0.0.1:${port}/bank-" + article + "/7"
			type:POST
			detailed:true
		];
		if(answer.get("responseCode") == 200)
		{
			return {"state":"paid","receipt":answer.get("responseText"),"attempts":attempt};
		}
		durable.wait(1);
	}
	return {"state":"unpaid"};
}
`,
  'reserve.dg': 'int reserve(string article, int pieces)\n{\n\treturn pieces * 250;\n}\n',
});

let place, remove, service, balancer, restate;

before(async () => {
  service = new Service();
  await service.start();
  ({ place, remove } = folder(FUNCTIONS(service.port)));
  restate = new Restate(place);
  balancer = new Balancer();
  await balancer.start();
  balancer.workers = [await startWorker(place)];
  await restate.start();
  await restate.register(balancer.uri);
});

after(async () => {
  for (const child of [...balancer.workers, restate.child]) if (child) await kill(child);
  remove();
});

test('each function is a handler, with exact values and errors that end the run', async () => {
  const exact = await restate.call('exact', { price: 1.1, name: 'Ada' });
  assert.equal(exact.status, 200, exact.text);
  const year = new Date().getUTCFullYear();
  assert.equal(exact.text, `{"price":3.3,"name":"Ada","day":"${year}","lot":true}`);
  const failed = await restate.call('fails', {});
  assert.equal(failed.status, 422);
  assert.match(failed.text, /zero/i);
  const wrong = await restate.call('exact', [1]);
  assert.equal(wrong.status, 400);
  assert.equal((await restate.call('calls', { name: 'whole' })).text, '550');
  assert.equal(service.repeated('/whole/', CALLS), 0);
});

test('a run with a long step holds up no other, and makes each call once', async () => {
  const long = Array.from({ length: 4 }, (_, i) => restate.call('computes', { name: `long${i}`, turns: 4_000_000 }));
  let [ended, beside] = [false, 0];
  const all = Promise.all(long).then((answers) => ((ended = true), answers));
  while (!ended) {
    assert.equal((await restate.call('exact', { price: 1, name: 'Ada' })).status, 200);
    beside += 1;
  }
  for (const answer of await all) assert.equal(answer.text, '"10;20;30;40;"');
  assert.ok(beside >= 4, `${beside} short runs ended beside the long ones`);
  for (let i = 0; i < 4; i++) {
    assert.equal(service.repeated(`/long${i}/`, 4), 0);
    assert.equal(balancer.workers[0].said.split(`long${i} 2`).length, 2, balancer.workers[0].said);
  }
});

test('a run waits for a time and an event', async () => {
  const id = await restate.send('leave', { days: 3 });
  const event = { run: id, name: 'approved', value: { by: 'Ada' } };
  assert.equal((await restate.json(`${restate.ingress}/runs/signal`, event)).status, 200);
  assert.equal((await restate.result(id)).text, '"3 days by Ada true"');
  assert.equal((await restate.json(`${restate.ingress}/runs/signal`, { name: 'approved' })).status, 400);
});

test('a flow with retries, a branch, a timer and an approval', async () => {
  service.away.add('/bank-A12/7');
  const paid = await restate.call('order', { article: 'A12', pieces: 2 });
  assert.equal(paid.text, '{"state":"paid","receipt":"70","attempts":2}');
  const id = await restate.send('order', { article: 'B1', pieces: 8 });
  await restate.json(`${restate.ingress}/runs/signal`, { run: id, name: 'approved', value: false });
  assert.equal((await restate.result(id)).text, '{"state":"refused"}');
  assert.ok(!service.seen.has('/bank-B1/7'));
});

// Kills what `during` kills while the seventh call is on its way, and looks how the run goes on.
async function interrupted(name, during) {
  const here = service.hold(`/${name}/7`);
  const id = await restate.send('calls', { name });
  await here;
  await during();
  service.release();
  const done = await restate.result(id);
  assert.equal(done.text, '550', done.error);
  // Only the call in the middle may come again, and with its key.
  const repeated = service.repeated(`/${name}/`, CALLS);
  assert.ok(repeated <= 1, `${repeated} calls came again`);
  return repeated;
}

const replaceWorker = async () => {
  const [old] = balancer.workers;
  await kill(old);
  balancer.workers = [await startWorker(place)];
};
const restartServer = async () => {
  await kill(restate.child);
  await restate.start();
};

test('a worker is killed, and another process goes on with its run', async () => {
  assert.equal(await interrupted('worker', replaceWorker), 1);
  // The second process has logged only what the first one had not.
  const said = balancer.workers[0].said;
  await until('the last line', () => said !== undefined && balancer.workers[0].said.includes('worker 10'));
  assert.ok(!balancer.workers[0].said.includes('worker 5'), balancer.workers[0].said);
});

test('a changed script stops at the step that differs, and goes on when it is as it was', async () => {
  const here = service.hold('/changed/7');
  const id = await restate.send('calls', { name: 'changed' });
  await here;
  const text = FUNCTIONS(service.port)['calls.dg'];
  writeFileSync(path.join(place, 'calls.dg'), text.replace('{"n":i}', '{"n":i + 1}'));
  await replaceWorker();
  service.release();
  const failure = await until('the failure', async () => {
    const [run] = await restate.query(`SELECT last_failure FROM sys_invocation WHERE id = '${id}'`);
    return run?.last_failure?.includes('the script was changed') && run.last_failure;
  });
  assert.match(failure, /effect 1 in line 7/);
  writeFileSync(path.join(place, 'calls.dg'), text);
  await replaceWorker();
  assert.equal((await restate.result(id)).text, '550');
  assert.ok(service.repeated('/changed/', CALLS) <= 1);
});

test('the server is killed, and goes on with the run', async () => {
  await interrupted('server', restartServer);
});

test('worker and server are killed', async () => {
  await interrupted('both', async () => {
    await kill(restate.child);
    await replaceWorker();
    await restate.start();
  });
});

test('two workers share the runs, and one that dies is replaced by the other', async () => {
  balancer.workers.push(await startWorker(place));
  const names = Array.from({ length: 12 }, (_, i) => `many${i}`);
  const ids = await Promise.all(names.map((name) => restate.send('calls', { name })));
  await until('some calls', () => [...service.seen.keys()].filter((url) => url.startsWith('/many')).length > 10);
  const [dead, other] = balancer.workers;
  await kill(dead);
  balancer.workers = [other];
  for (const id of ids) assert.equal((await restate.result(id)).text, '550');
  let repeated = 0;
  for (const name of names) repeated += service.repeated(`/${name}/`, CALLS);
  assert.ok(repeated <= names.length, `${repeated} calls came again`);
});

const [database, dg] = [process.env.RAINWRIGHT_TEST_POSTGRES, process.env.RAINWRIGHT_DG];
const withDatabase = { skip: database && dg ? false : 'no RAINWRIGHT_TEST_POSTGRES, or no RAINWRIGHT_DG' };

test('a worker uses the connections of a store in Postgres', withDatabase, async () => {
  const schema = `restate_${process.pid}`;
  const where = new URL(database.replace(/^postgres(ql)?:/, 'http:').replace('@/', '@localhost/')).searchParams;
  const socket = { host: where.get('host'), port: Number(where.get('port')), user: 'rainwright', database: 'postgres' };
  const client = new pg.Client(where.get('host') ? socket : database.replace(/[?&]sslmode=disable/, ''));
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  try {
    const store = `${database}${database.includes('?') ? '&' : '?'}options=-c%20search_path%3D${schema}`;
    const more = { RAINWRIGHT_STORE: store };
    const login = ['host=127.0.0.1', 'username=ada', 'password=PLANTED'].flatMap((answer) => ['--set', answer]);
    const env = environment({ RAINWRIGHT_HOME: path.join(place, 'home'), ...more });
    execFileSync(dg, ['connect', 'private_api_basic', '--name', 'erp', ...login], { env, cwd: place, stdio: 'pipe' });
    const sharing = await startWorker(place, { more });
    balancer.workers.push(sharing);
    // Runs that begin from now on are this worker's.
    await restate.register(`http://127.0.0.1:${sharing.port}`);
    assert.equal((await restate.call('stored', {})).text, '"70"');
    assert.equal(service.logins.get('/stored/7'), `Basic ${btoa('ada:PLANTED')}`);
    assert.ok(!sharing.said.includes('PLANTED'), sharing.said);
    await kill(balancer.workers.pop());
  } finally {
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  }
});
