/**
 * Views of subclasses, whose constructors may do what they like.
 */
import { equal, ok, throws } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('views');

test('with() of a subclass with private fields', async ({ makeCache, library, raw }) => {
  class Counting extends library.RedisCache {
    #hits = 0;
    log = /** @type {string[]} */ ([]);
    async get(/** @type {string} */ key) {
      this.#hits++;
      this.log.push(key);
      return super.get(key);
    }
    get hits() {
      return this.#hits;
    }
  }
  const cache = makeCache({}, undefined, Counting);
  const view = cache.with({ keyPrefix: 'v:' });
  await raw('SET', 'v:k', '1');
  equal(await Promise.all([view.get('k'), view.get('k'), cache.get('k')]), [1, 1, null]);
  equal([view.hits, cache.hits, view.with({}).hits], [2, 1, 0]);
  equal(cache.log, ['k', 'k', 'k'], 'public fields are those of the cache');
  ok(view.with({ defaultTimeout: 1 }) instanceof Counting);
});

test('with() of a subclass whose constructor has parameters', async ({
  makeCache,
  url,
  library,
  raw,
}) => {
  let made = 0;
  class Tenant extends library.RedisCache {
    #tenant;
    constructor(/** @type {string} */ tenant) {
      super(url, { keyPrefix: 'all:' });
      this.#tenant = tenant;
      made++;
    }
    get(/** @type {string} */ key) {
      return super.get(`${this.#tenant}:${key}`);
    }
    viewArguments() {
      return [this.#tenant];
    }
  }
  class Plain extends library.RedisCache {
    constructor(/** @type {string} */ host) {
      super(host);
      made++;
    }
  }
  await raw('SET', 'all:ada:k', '1');
  const cache = makeCache({}, 'ada', Tenant);
  equal(await cache.with({}).with({ throwOnError: true }).get('k'), 1);
  equal(made, 3);
  makeCache({}, url, Plain).with({});
  equal(made, 4, 'without private fields it is not constructed');
});

test('a constructor that makes other caches and their views before its own', async ({
  makeCache,
  library,
  url,
  raw,
}) => {
  class Inner extends library.RedisCache {
    #name = 'inner';
    get name() {
      return this.#name;
    }
  }
  const open = () => new Inner(url).with({ keyPrefix: 'slow:' });
  class Tiered extends library.RedisCache {
    #slow;
    constructor(slow = open()) {
      super(url, { keyPrefix: 'fast:' });
      this.#slow = slow;
    }
    async get(/** @type {string} */ key) {
      return (await super.get(key)) ?? this.#slow.get(key);
    }
    get slowName() {
      return this.#slow.name;
    }
    viewArguments() {
      return [open()];
    }
  }
  await raw('SET', 'slow:k', '1');
  const view = makeCache({}, undefined, Tiered).with({ throwOnError: true });
  equal([await view.get('k'), view.slowName], [1, 'inner']);
});

test('a constructor that makes a view of its own cache', async ({
  makeCache,
  library,
  url,
  raw,
}) => {
  class Patient extends library.RedisCache {
    #reads = 0;
    #slow;
    constructor() {
      super(url);
      this.#slow = this.with({ keyPrefix: 'slow:' });
    }
    async get(/** @type {string} */ key) {
      this.#reads++;
      return super.get(key);
    }
    getSlowly(/** @type {string} */ key) {
      return this.#slow.get(key);
    }
    get reads() {
      return this.#reads;
    }
  }
  await raw('SET', 'slow:k', '1');
  const cache = makeCache({}, undefined, Patient);
  equal([await cache.getSlowly('k'), cache.reads], [1, 0]);
  equal(
    [await cache.with({}).get('k'), await cache.with({ keyPrefix: 'slow:' }).get('k')],
    [null, 1],
  );
});

test('a constructor that makes views of other caches of its class', async ({
  library,
  url,
  raw,
}) => {
  class Child extends library.RedisCache {
    #parent;
    #name;
    constructor(/** @type {string} */ name, /** @type {any} */ parent) {
      super(url, { keyPrefix: `${name}:` });
      this.#name = name;
      this.#parent = parent?.with({ throwOnError: true });
    }
    viewArguments() {
      return [this.#name, this.#parent];
    }
    async get(/** @type {string} */ key) {
      return (await super.get(key)) ?? this.#parent?.get(key) ?? `not in ${this.#name}`;
    }
  }
  await raw('SET', 'oldest:k', '1');
  const oldest = new Child('oldest', null);
  const parent = new Child('parent', oldest);
  const view = new Child('child', parent).with({}).with({});
  equal([await view.get('k'), await view.get('l')], [1, 'not in oldest']);
  for (const cache of [view, parent, oldest]) await cache.close();
});

test('a constructor that fixes a property, and one that throws', async ({
  makeCache,
  library,
  url,
}) => {
  let fails = false;
  class Fixed extends library.RedisCache {
    #calls = 0;
    constructor() {
      super(url);
      Object.defineProperty(this, 'kind', { value: 'fixed' });
      if (fails) throw new Error('not now');
    }
    get calls() {
      return this.#calls;
    }
  }
  const cache = makeCache({}, undefined, Fixed);
  const view = cache.with({});
  equal([view.kind, view.calls], ['fixed', 0]);
  fails = true;
  throws(
    () => cache.with({}),
    ({ message }) => equal(message, 'not now'),
  );
  fails = false;
  ok(makeCache() !== view);
  equal(cache.with({}).calls, 0);
});
