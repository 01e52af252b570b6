/** What is measured: the same keys, values and commands for every client. */

/** Seconds: every client sets with `EX 300`, this package's default. */
export const TIMEOUT = 300;

/** How many keys each client has for each value; it takes them in turn. */
const KEY_COUNT = 1000;

/** @typedef {'string' | 'object'} ValueName */
/** @typedef {'set' | 'get' | 'getMany'} Operation */
/** @typedef {{ value: ValueName, inFlight: number, operation: Operation, keys?: number }} Case `keys`: of one call of getMany */

/** @type {Record<ValueName, { title: string, value: unknown }>} */
export const VALUES = {
  string: {
    title: 'a string of 64 bytes',
    value: 'The quick brown fox jumps over the lazy dog, and then once more.',
  },
  object: {
    title: 'an object of 5 fields',
    value: {
      id: 1234567,
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      active: true,
      score: 98.5,
    },
  },
};

export const IN_FLIGHT = [1, 50, 1000];

/**
 * All cases; `set` stands before `get`, so that there is something to get.
 * @param {number[]} inFlight
 * @returns {Case[]}
 */
export function casesFor(inFlight) {
  const operations = /** @type {Operation[]} */ (['set', 'get']);
  const values = /** @type {ValueName[]} */ (Object.keys(VALUES));
  return values.flatMap((value) =>
    inFlight.flatMap((count) =>
      operations.map((operation) => ({ value, inFlight: count, operation })),
    ),
  );
}

/**
 * A client's keys for a value; they are as long for every client.
 * @param {string} client
 * @param {ValueName} value
 */
export function keysFor(client, value) {
  const prefix = `bench:${client.padEnd(13, '_').slice(0, 13)}:${value}`;
  return Array.from(
    { length: KEY_COUNT },
    (_, index) => `${prefix}:${String(index).padStart(4, '0')}`,
  );
}
