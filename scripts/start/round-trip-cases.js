/** The cases of the round trip, and what makes one right. */

/**
 * @typedef {object} RoundTripCase One value on its way from one side to the other.
 * @property {string} name
 * @property {string} python the value, as Python writes it
 * @property {{ type: string, text: string }} worker the value, as the Worker shows it (`describe` in its values.js)
 * @property {{ kind: string, text: string }} typed the value, as one types it into the Worker's form
 */

/**
 * What was seen of a case.
 * @typedef {object} Observation
 * @property {string} stored what Redis held when one side had written, in hexadecimal
 * @property {import('./python-peer.js').Seen} python
 * @property {{ value: { type: string, text: string } | null, stored: { hex: string } | null }} worker
 */

/** @type {RoundTripCase[]} */
export const roundTripCases = [
  {
    name: 'str',
    python: `'Grüße, 世界 🐍'`,
    worker: { type: 'string', text: '"Grüße, 世界 🐍"' },
    typed: { kind: 'text', text: 'Grüße, 世界 🐍' },
  },
  {
    name: 'int',
    python: '-41',
    worker: { type: 'number', text: '-41' },
    typed: { kind: 'number', text: '-41' },
  },
  {
    name: 'big int',
    python: '2**70',
    worker: { type: 'bigint', text: '1180591620717411303424n' },
    typed: { kind: 'number', text: '1180591620717411303424' },
  },
  {
    name: 'float',
    python: '0.1',
    worker: { type: 'number', text: '0.1' },
    typed: { kind: 'number', text: '0.1' },
  },
  {
    name: 'bool',
    python: 'True',
    worker: { type: 'boolean', text: 'true' },
    typed: { kind: 'json', text: 'true' },
  },
  {
    name: 'None',
    python: 'None',
    worker: { type: 'null', text: 'null' },
    typed: { kind: 'json', text: 'null' },
  },
  {
    name: 'bytes',
    python: `b'\\x00\\xff!'`,
    worker: { type: 'Uint8Array', text: 'Uint8Array [0, 255, 33]' },
    typed: { kind: 'bytes', text: '00 ff 21' },
  },
  {
    name: 'datetime',
    python: 'datetime(2026, 1, 31, 12, 30, tzinfo=timezone.utc)',
    worker: { type: 'Date', text: 'Date 2026-01-31T12:30:00.000Z' },
    typed: { kind: 'date', text: '2026-01-31T12:30:00Z' },
  },
  {
    name: 'dict',
    python: `{'id': 7, 'lines': [['tea', 2.5], []], 'paid': False, 'note': None}`,
    worker: {
      type: 'Object',
      text: '{ id: 7, lines: [["tea", 2.5], []], paid: false, note: null }',
    },
    typed: { kind: 'json', text: '{"id":7,"lines":[["tea",2.5],[]],"paid":false,"note":null}' },
  },
];

/**
 * What is wrong with a value that Python wrote and the Worker read.
 * @param {RoundTripCase} expectation
 * @param {Observation} observation
 * @returns {string[]}
 */
export function faultsInWorker({ worker: expected }, { stored, worker }) {
  const faults = [];
  const seen = worker.value;
  if (worker.stored === null) return ['the Worker finds nothing under this key'];
  if (seen === null || seen.type !== expected.type || seen.text !== expected.text) {
    faults.push(
      `the Worker reads ${seen?.text} (${seen?.type}), not ${expected.text} (${expected.type})`,
    );
  }
  if (worker.stored.hex !== stored) {
    faults.push(`the Worker sees the bytes ${worker.stored.hex}, Python ${stored}`);
  }
  return faults;
}

/**
 * What is wrong with a value that the Worker wrote and Python read.
 * @param {RoundTripCase} expectation
 * @param {Observation} observation
 * @returns {string[]}
 */
export function faultsInPython({ python: expected }, { stored, python }) {
  if (python.stored === '') return ['Python finds nothing under this key'];
  const faults = [];
  if (python.equal !== true) {
    faults.push(`Python reads ${python.value} (${python.type}), not ${expected}`);
  }
  if (python.stored !== stored) {
    faults.push(`Python sees the bytes ${python.stored}, the Worker ${stored}`);
  }
  if (python.stored !== python.as_python_stores) {
    faults.push(`cachelib itself would store ${python.as_python_stores}, not ${python.stored}`);
  }
  return faults;
}
