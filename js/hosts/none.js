/**
 * A runtime without TCP, or an unknown one, supplies nothing: the cache needs a connector.
 * @module
 */
export {};
