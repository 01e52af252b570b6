/** The round trip: Python writes, the Worker reads; the Worker writes, Python reads; both count on one counter. */

import { faultsInPython, faultsInWorker, roundTripCases } from './round-trip-cases.js';

const ANSWER_TIMEOUT_MS = 15_000;

/**
 * @typedef {object} Outcome of one case.
 * @property {string} title which way, such as `Python → Worker`
 * @property {string} name
 * @property {string} key
 * @property {string} written the value as its writer shows it
 * @property {string} read the value as its reader shows it
 * @property {string} stored what Redis held, in hexadecimal
 * @property {string[]} faults
 */

/**
 * @typedef {object} Sides
 * @property {string} worker the Worker's origin
 * @property {import('./python-peer.js').PythonPeer} peer
 */

/**
 * Runs every case in turn. What fails on one is a fault of it: the others still run.
 * @param {Sides} sides
 * @returns {AsyncGenerator<Outcome>}
 */
export async function* roundTrip(sides) {
  for (const each of roundTripCases) {
    const base = { title: 'Python → Worker', name: each.name, key: `once:python:${each.name}` };
    yield runCase(base, each.python, () => pythonToWorker(sides, each, base.key));
  }
  for (const each of roundTripCases) {
    const base = { title: 'Worker → Python', name: each.name, key: `once:worker:${each.name}` };
    yield runCase(base, each.typed.text, () => workerToPython(sides, each, base.key));
  }
  const key = 'once:counter';
  for (const { name, written, count } of counting(sides, key)) {
    yield runCase({ title: 'One counter', name, key }, written, count);
  }
}

/**
 * Deletes the keys of the round trip.
 * @param {import('./python-peer.js').PythonPeer} peer
 */
export async function removeKeys(peer) {
  const named = roundTripCases.flatMap(({ name }) => [
    `once:python:${name}`,
    `once:worker:${name}`,
  ]);
  await peer.ask('delete', { keys: [...named, 'once:counter'] });
}

/**
 * @param {{ title: string, name: string, key: string }} base
 * @param {string} written
 * @param {() => Promise<{ read: string, stored: string, faults: string[] }>} work
 * @returns {Promise<Outcome>}
 */
async function runCase(base, written, work) {
  try {
    return { ...base, written, ...(await work()) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { ...base, written, read: 'nothing', stored: '', faults: [fault] };
  }
}

/**
 * @param {Sides} sides
 * @param {import('./round-trip-cases.js').RoundTripCase} each
 * @param {string} key
 */
async function pythonToWorker({ worker, peer }, each, key) {
  const python = await peer.ask('write', { key, source: each.python });
  const seen = await askWorker(worker, 'GET', key);
  const faults = faultsInWorker(each, { stored: python.stored, python, worker: seen });
  return { read: seen.value?.text ?? 'nothing', stored: python.stored, faults };
}

/**
 * @param {Sides} sides
 * @param {import('./round-trip-cases.js').RoundTripCase} each
 * @param {string} key
 */
async function workerToPython({ worker, peer }, each, key) {
  const seen = await askWorker(worker, 'PUT', key, { ...each.typed, timeout: 60 });
  const python = await peer.ask('read', { key, source: each.python });
  const stored = seen.stored?.hex ?? '';
  return {
    read: python.value,
    stored,
    faults: faultsInPython(each, { stored, python, worker: seen }),
  };
}

/**
 * @param {Sides} sides
 * @param {string} key
 */
function counting({ worker, peer }, key) {
  /** @param {{ value: string, stored: string }} seen @param {string} expected */
  const outcome = ({ value, stored }, expected) => {
    const faults = value === expected ? [] : [`the counter is ${value}, not ${expected}`];
    return { read: value, stored, faults };
  };
  /** @param {number} delta */
  const inWorker = async (delta) => {
    const { value, stored } = await askWorker(worker, 'POST', key, { delta });
    return { value: value?.text ?? 'nothing', stored: stored?.hex ?? '' };
  };
  return [
    {
      name: 'set',
      written: 'Python sets 10',
      count: async () => outcome(await peer.ask('write', { key, source: '10' }), '10'),
    },
    {
      name: 'inc',
      written: 'the Worker adds 5',
      count: async () => outcome(await inWorker(5), '15'),
    },
    {
      name: 'inc',
      written: 'Python adds 1',
      count: async () => outcome(await peer.ask('inc', { key, delta: 1 }), '16'),
    },
    {
      name: 'dec',
      written: 'the Worker takes 2',
      count: async () => outcome(await inWorker(-2), '14'),
    },
  ];
}

/**
 * What the Worker says of a key, by its JSON API.
 * @param {string} origin
 * @param {string} method
 * @param {string} key
 * @param {object} [body]
 * @returns {Promise<import('./round-trip-cases.js').Observation['worker']>}
 */
async function askWorker(origin, method, key, body) {
  const response = await fetch(`${origin}/api/keys?key=${encodeURIComponent(key)}`, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new Error(`the Worker failed (${response.status}): ${text.slice(0, 300)}`);
  }
  const { problem, entries } = JSON.parse(text);
  if (problem) {
    throw new Error(`the Worker: ${problem.headline} ${problem.message} (${problem.code})`);
  }
  return entries[0];
}
