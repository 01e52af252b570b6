/**
 * What a driver gets from outside.
 *
 * @typedef {object} Host What a runtime supplies.
 * @property {import('../transports/types.js').Connector} [connect] none where there are no sockets: the cache has a connector
 *   then
 * @property {() => void} [requireConnector] throws the error of a cache without a connector, where there are no sockets
 * @property {import('../errors/advice.js').Cause[]} causes what the runtime says when there is no connection
 * @property {number} [maxConnections] how many sockets an I/O context may have open at once
 * @property {number} [connectLinger] for how long one that was given up before it was open still counts, in milliseconds
 * @property {number} [maxQueuedBytes] how many bytes of calls may wait in an I/O context, where that is less than usual
 * @property {import('./instance.js').CoreModule} core
 * @property {() => WebAssembly.Module} load the core's WebAssembly; throws a `CoreError` where it cannot be compiled
 * @property {(timeoutMs: number) => Promise<void> | undefined} [whenLoaded] resolves when `load` can be called, if it cannot
 *   yet; rejects when that takes too long
 * @property {() => (() => boolean)} [captureContext] where a socket belongs to the request that opened it: a function that
 *   tells whether code runs in the same I/O context as now
 * @property {() => object | undefined} [getActiveSpan] an object that only code of the same I/O context gets
 * @property {(work: Promise<void>) => void} [waitUntil] keeps the request alive until `work` is done
 *
 * @typedef {object} ContextGuard Guards the I/O context that a driver's socket and timers belong to, if they belong to one.
 * @property {() => boolean} isCurrent whether code runs in that context now
 * @property {() => void} onUse called whenever the driver is given calls or bytes from the server
 *
 * @typedef {object} Features What caches of a class can do: those of the whole package, or those of its entry 'lite'.
 * @property {import('../options/check.js').Schema} cacheOptions
 * @property {import('../options/check.js').Schema} viewOptions
 * @property {(host: unknown, options: import('../options/types.js').CacheOptions) => import('../options/types.js').Server} parseServer
 *   throws for a host or options that are not valid
 * @property {(registry: import('../io-context/registry.js').DriverRegistry, settings: import('../options/types.js').Settings) => void}
 *   prepare is called with the settings of each cache and view
 */

export {};
