/** Modules that a runtime or a bundler provides, as far as the package uses them. */

declare module 'cloudflare:sockets' {
  export const connect: import('./transports/workers-socket.js').SocketProvider['connect'];
}

declare module 'cloudflare:workers' {
  export function waitUntil(promise: Promise<unknown>): void;
  /** Not in old versions. */
  export const tracing: { getActiveSpan?: () => object | undefined } | undefined;
  export class DurableObject {
    constructor(state: any, env: any);
  }
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}

/** https://developers.cloudflare.com/workers/runtime-apis/websockets/ */
declare class WebSocketPair {
  0: WebSocket;
  1: WebSocket;
}
