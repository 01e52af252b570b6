/**
 * What is supplied where there is no TCP, or where the runtime is not known: nothing. The cache needs a connector.
 * @module
 */
export {};
