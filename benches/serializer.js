/**
 * `npm run bench -- --serializer`: the default serializer, one value at a time, beside what else turns values into bytes.
 *
 * Ours is the very code of the package (js/serializer/, crates/serializer/) without a cache around it. Every candidate goes from
 * a value to bytes and back, so that TextEncoder and TextDecoder belong to those that make text. All run in one process, in
 * turns of a few milliseconds; each figure is the best of its turns, since whatever else the machine does only adds to one.
 */

import { strict as assert } from 'node:assert';
import v8 from 'node:v8';
import * as devalue from 'devalue';
import { Packr } from 'msgpackr';
import superjson from 'superjson';
import { openCodecHarness } from '../tests/serializer/codec-harness.js';

/** @typedef {{ dumps: number, loads: number, bytes: number }} Result microseconds */
/** @typedef {{ dumps: (value: any) => Uint8Array, loads: (stored: any) => any, takes?: (name: string) => boolean }} Candidate */

/** The value that JSON cannot hold. */
const SPECIAL = 'a Map with a Date, a bigint and bytes';
/** Ours, in JSON's time, at most. @type {Record<string, number>} */
const TARGETS = { 'object of 5 fields': 2, '100 rows of 7 fields': 2, '20 KB of HTML': 1 };
/** What we have to be ahead of, whatever the value. */
const BEHIND = ['devalue', 'superjson'];
const TURNS = 60;
const TURN_MICROSECONDS = 4000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const packr = new Packr({ structuredClone: true });

/** @type {Record<string, any>} */
const VALUES = {
  'object of 5 fields': {
    id: 12345,
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    active: true,
    score: 98.6,
  },
  '100 rows of 7 fields': Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `Customer number ${id}`,
    email: `customer${id}@mail.example.com`,
    age: 20 + (id % 50),
    balance: id * 10.25,
    active: id % 2 === 0,
    tags: ['new', 'newsletter'],
  })),
  '20 KB of HTML': '<div class="row"><p>Hello, world &amp; more — é</p>\n</div>\n'.repeat(350),
  'a tree of 1 MB': Array.from({ length: 1700 }, (_, id) => ({
    id,
    key: `${id}-abcdef-0123456789`,
    nested: {
      a: [1, 2, 3, { deep: true }],
      b: null,
      c: 'text with "quotes" and é',
      d: Math.sqrt(id),
    },
    list: [id, id + 0.5, `s${id}`],
    description: 'Lorem ipsum dolor sit amet. '.repeat(14),
  })),
  '10,000 ints': Array.from({ length: 10_000 }, (_, index) => index * 37),
  [SPECIAL]: new Map(
    /** @type {[any, any][]} */ ([
      [1, new Date(1.7e12)],
      ['big', 2n ** 70n],
      ['bytes', new Uint8Array(100).fill(7)],
    ]),
  ),
};

/** Measures and prints everything. */
export async function run() {
  const codec = await openCodecHarness();
  const isPlain = (/** @type {string} */ name) => name !== SPECIAL;
  /** @type {Record<string, Candidate>} */
  const candidates = {
    'cachelib-edge': {
      dumps: (value) => codec.dumps(value),
      loads: (stored) => codec.loads(stored),
    },
    JSON: {
      dumps: (value) => encoder.encode(JSON.stringify(value)),
      loads: (stored) => JSON.parse(decoder.decode(stored)),
      takes: isPlain,
    },
    v8: { dumps: (value) => v8.serialize(value), loads: (stored) => v8.deserialize(stored) },
    msgpackr: {
      dumps: (value) => packr.pack(value).slice(),
      loads: (stored) => packr.unpack(stored),
    },
    devalue: {
      dumps: (value) => encoder.encode(devalue.stringify(value)),
      loads: (stored) => devalue.parse(decoder.decode(stored)),
    },
    superjson: {
      dumps: (value) => encoder.encode(superjson.stringify(value)),
      loads: (stored) => superjson.parse(decoder.decode(stored)),
      // It makes plain objects of typed arrays.
      takes: isPlain,
    },
  };
  /** @type {string[]} */
  const missed = [];
  for (const [name, value] of Object.entries(VALUES)) {
    const able = Object.entries(candidates).filter(([, { takes }]) => takes?.(name) ?? true);
    const results = measure(value, able);
    print(name, able, results);
    missed.push(...missedBy(name, new Map(able.map(([client], at) => [client, results[at]]))));
  }
  console.log(missed.length === 0 ? '\nall targets met' : `\nmissed:\n${missed.join('\n')}`);
}

/**
 * Which targets are missed.
 *
 * @param {string} name
 * @param {Map<string, Result | undefined>} results
 */
function missedBy(name, results) {
  return /** @type {const} */ (['dumps', 'loads']).flatMap((direction) => {
    const of = (/** @type {string} */ client) => results.get(client)?.[direction] ?? Infinity;
    const ours = of('cachelib-edge');
    const most = TARGETS[name] ?? Infinity;
    const missed = BEHIND.filter((client) => ours >= of(client)).map(
      (client) => `ahead of ${client}`,
    );
    if (ours > most * of('JSON')) missed.push(`at most ${most} times JSON’s time`);
    return missed.map((target) => `${name}, ${direction}: ${target}`);
  });
}

/**
 * @param {unknown} value
 * @param {[string, Candidate][]} candidates
 * @returns {Result[]}
 */
function measure(value, candidates) {
  const results = candidates.map(([name, { dumps, loads }]) => {
    const stored = dumps(value);
    assert.deepEqual(loads(stored), value, name);
    return { stored, bytes: stored.length, dumps: Infinity, loads: Infinity };
  });
  for (let turn = 0; turn < TURNS; turn++) {
    candidates.forEach(([, { dumps, loads }], index) => {
      const result = /** @type {typeof results[0]} */ (results[index]);
      result.dumps = Math.min(
        result.dumps,
        time(() => dumps(value)),
      );
      result.loads = Math.min(
        result.loads,
        time(() => loads(result.stored)),
      );
    });
  }
  return results;
}

/**
 * How long a call takes, in microseconds.
 *
 * @param {() => unknown} call
 */
function time(call) {
  const start = performance.now();
  let calls = 0;
  let spent = 0;
  for (let batch = 1; spent < TURN_MICROSECONDS; batch *= 2) {
    for (let index = 0; index < batch; index++) call();
    calls += batch;
    spent = (performance.now() - start) * 1000;
  }
  return spent / calls;
}

/**
 * @param {string} name
 * @param {[string, Candidate][]} candidates
 * @param {Result[]} results
 */
function print(name, candidates, results) {
  const json = results[candidates.findIndex(([candidate]) => candidate === 'JSON')];
  const times = (/** @type {number} */ own, /** @type {number | undefined} */ base) =>
    base === undefined ? '' : `${(own / base).toFixed(2)} ×`;
  console.log(`\n${name}`);
  console.log(
    `${' '.repeat(16)}${['dumps µs', 'JSON', 'loads µs', 'JSON', 'bytes'].map((head) => head.padStart(11)).join('')}`,
  );
  candidates.forEach(([candidate], index) => {
    const { dumps, loads, bytes } = /** @type {typeof results[0]} */ (results[index]);
    const cells = [
      dumps.toFixed(2),
      times(dumps, json?.dumps),
      loads.toFixed(2),
      times(loads, json?.loads),
      String(bytes),
    ];
    console.log(`  ${candidate.padEnd(14)}${cells.map((cell) => cell.padStart(11)).join('')}`);
  });
}
