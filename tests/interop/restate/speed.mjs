// A script of ten steps beside ten steps with the SDK alone: runs a second, and milliseconds a step. Not part of CI:
//   RAINWRIGHT_WORKER=…/release/dg-worker RAINWRIGHT_BARE=…/release/examples/bare node speed.mjs
import { Restate, folder, kill, startWorker } from './parts.mjs';

const STEPS = 10;
const script = `int clock()\n{\n${'\tx = zoho.currenttime;\n'.repeat(STEPS)}\treturn 1;\n}\n`;
const { place, remove } = folder({ 'clock.dg': script });
const restate = new Restate(place);
await restate.start();
const workers = [await startWorker(place), await startWorker(place, { program: process.env.RAINWRIGHT_BARE })];
for (const worker of workers) await restate.register(`http://127.0.0.1:${worker.port}`);

async function measure(service, runs, callers) {
  const begun = performance.now();
  const call = async () => {
    for (let i = 0; i < runs / callers; i++) {
      const answer = await restate.json(`${restate.ingress}/${service}/clock`);
      if (answer.status !== 200) throw new Error(answer.text);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const seconds = (performance.now() - begun) / 1000;
  return { rate: runs / seconds, step: (seconds * 1000 * callers) / runs / STEPS };
}

for (const callers of [1, 16]) {
  const best = {};
  // In turns, so that whatever else the machine does disturbs both.
  for (let round = 0; round < 5; round++) {
    for (const service of ['functions', 'bare']) {
      const now = await measure(service, callers * 40, callers);
      if (!best[service] || now.rate > best[service].rate) best[service] = now;
    }
  }
  const told = ({ rate, step }) => `${rate.toFixed(0)} runs/s, ${step.toFixed(2)} ms a step`;
  const ratio = best.bare.rate / best.functions.rate;
  console.log(`${callers} callers: script ${told(best.functions)}; SDK alone ${told(best.bare)}; ${ratio.toFixed(2)} times as long; wanted: at most 1.10`);
}
for (const child of [...workers, restate.child]) await kill(child);
remove();
