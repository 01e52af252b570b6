/**
 * A cache in a page: the calls are those of every other runtime; only the connector is another.
 */
import { RedisCache, webSocket } from 'cachelib-edge';

const [connection, entry] = /** @type {HTMLFormElement[]} */ ([...document.forms]);
const [state, calls, fieldset] = ['#state', '#calls', '#entry fieldset'].map(
  (selector) => /** @type {any} */ (document.querySelector(selector)),
);

/** @type {RedisCache} */
let cache;

connection.bridge.value = new URLSearchParams(location.search).get('bridge') ?? '';
connection.addEventListener('submit', (event) => {
  event.preventDefault();
  void connect(connection.bridge.value, connection.prefix.value);
});
entry.addEventListener('submit', (event) => {
  event.preventDefault();
  const { value: method } = /** @type {HTMLButtonElement} */ (event.submitter);
  void call(method, argumentsOf(method));
});
if (connection.bridge.value) connection.requestSubmit();

/**
 * @param {string} bridge
 * @param {string} keyPrefix
 */
async function connect(bridge, keyPrefix) {
  fieldset.disabled = true;
  state.className = '';
  state.value = 'connecting…';
  try {
    await cache?.close();
    cache = new RedisCache('localhost', {
      connector: webSocket(bridge),
      keyPrefix,
      throwOnError: true,
    });
    await cache.checkConnection();
    state.value = 'connected';
    state.className = 'good';
    fieldset.disabled = false;
  } catch (error) {
    state.value = describe(error);
    state.className = 'bad';
  }
}

/** @param {string} method */
function argumentsOf(method) {
  const key = entry.key.value;
  if (method !== 'set') return [key];
  const seconds = entry.timeout.value;
  return [key, valueOf(entry.value.value), ...(seconds === '' ? [] : [Number(seconds)])];
}

/** @param {string} text */
function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * @param {string} method
 * @param {any[]} args
 */
async function call(method, args) {
  const start = performance.now();
  const item = document.createElement('li');
  item.append(code(`cache.${method}(${args.map(show).join(', ')})`));
  calls.prepend(item);
  try {
    const outcome = code(show(await /** @type {any} */ (cache)[method](...args)));
    outcome.className = 'outcome';
    item.append(outcome, `${(performance.now() - start).toFixed(1)} ms`);
  } catch (error) {
    const message = document.createElement('span');
    message.className = 'bad';
    message.textContent = describe(error);
    item.append(message);
  }
}

/** @param {unknown} value */
function show(value) {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
}

/** @param {string} text */
function code(text) {
  return Object.assign(document.createElement('code'), { textContent: text });
}

/** @param {any} error */
function describe(error) {
  return error.code ? `${error.message} [${error.code}]` : String(error);
}
