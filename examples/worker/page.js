/**
 * The page. Its cards are made here too when the browser asks for a new one.
 * @module
 */
import { GRACE, TIMEOUT } from './fragment.js';
import { html, raw } from './html.js';
import { LONGEST_KEY } from './keys.js';

/** @import { Call } from './calls.js' */
/** @import { Drawn } from './fragment.js' */
/** @import { Problem } from './problems.js' */
/** @import { FromPython } from './python.js' */

/** How many bytes of a stored value are shown. */
const SHOWN_BYTES = 8;

const WITHOUT_CACHE = 'The page does without its cache: it is drawn anew each time.';

/** @param {{ python: FromPython, drawn: Drawn, calls: Call[] }} content */
export function page({ python, drawn, calls }) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>cachelib-edge: one cache, Python and the edge</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
        <script type="module" src="/app.js"></script>
      </head>
      <body>
        <header>
          <h1><img src="/icon.svg" alt="" width="40" height="40" /> cachelib-edge</h1>
          <p>
            A Cloudflare Worker made this page. It shares one Redis cache with Python’s cachelib:
            the same keys, the same bytes.
          </p>
        </header>
        <main>
          <section
            class="card wide"
            id="python"
            aria-labelledby="python-title"
            ${expiry(python.expiresIn, python.timeout)}
          >
            ${pythonCard(python)}
          </section>
          <section class="card" id="keys" aria-labelledby="keys-title">${keysCard()}</section>
          <section
            class="card"
            id="fragment"
            aria-labelledby="fragment-title"
            ${expiry(drawn.expiresIn, TIMEOUT)}
          >
            ${fragmentCard(drawn)}
          </section>
          <section class="card wide" id="calls" aria-labelledby="calls-title">
            ${callsCard(calls)}
          </section>
        </main>
        <footer>
          <p>
            The code of this page is in <code>examples/worker</code>. The prefix of all its keys is
            <code>example:</code>.
          </p>
        </footer>
      </body>
    </html> `;
}

/**
 * What the browser needs to count down. It is told a duration, since its clock is not the Worker's.
 *
 * @param {number | null} seconds
 * @param {number | undefined} timeout seconds
 */
function expiry(seconds, timeout) {
  return seconds === null ? null : html`data-expires-in="${seconds}" data-timeout="${timeout}"`;
}

/** @param {FromPython} python */
export function pythonCard({ by, entries, problem, expiresIn }) {
  return html` <div class="title">
      <h2 id="python-title">Written by Python</h2>
      ${countdown(expiresIn)}
    </div>
    ${problemBox(problem)}
    ${by === undefined && problem === undefined ? html`<p class="empty">Python has written nothing yet. <code>npm start</code> does it.</p>` : null}
    ${
      by === undefined
        ? null
        : html`<p class="by">
              ${by} stored these. The Worker reads them as they are, with no configuration.
            </p>
            <table>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">In Python</th>
                  <th scope="col">In Redis</th>
                  <th scope="col">In the Worker</th>
                </tr>
              </thead>
              <tbody>
                ${entries.map(pythonRow)}
              </tbody>
            </table>`
    }`;
}

/** @param {FromPython['entries'][number]} entry */
function pythonRow({ key, name, source, value, stored }) {
  return html`<tr data-key="${key}">
    <th scope="row"><code>${name}</code></th>
    <td data-label="In Python"><code>${source}</code></td>
    <td data-label="In Redis">${stored === null ? 'gone' : storedBytes(stored)}</td>
    <td data-label="In the Worker">
      ${value === null ? html`<code>null</code>` : html`<code>${value.text}</code> <small>${value.type}</small>`}
    </td>
  </tr>`;
}

/** @param {import('./keys.js').Entry['stored'] & {}} stored */
function storedBytes({ form, hex, length }) {
  const shown =
    hex
      .slice(0, 2 * SHOWN_BYTES)
      .match(/../g)
      ?.join(' ') ?? '';
  return html`<span class="form">${form}, ${length} ${length === 1 ? 'byte' : 'bytes'}</span>
    <code class="hex">${shown}${length > SHOWN_BYTES ? ' …' : null}</code>`;
}

function keysCard() {
  return html` <h2 id="keys-title">Your keys</h2>
    <form id="key-form" autocomplete="off">
      <label class="key"
        >Key
        <input name="key" value="greeting" required maxlength="${LONGEST_KEY}" spellcheck="false"
      /></label>
      <label class="kind"
        >Kind
        <select name="kind">
          <option value="text">text</option>
          <option value="number">number</option>
          <option value="json">JSON</option>
          <option value="date">date</option>
          <option value="bytes">bytes</option>
        </select></label
      >
      <label class="timeout"
        >Seconds
        <input
          name="timeout"
          type="number"
          value="30"
          min="0"
          step="any"
          required
          aria-describedby="timeout-note"
      /></label>
      <label class="value">Value <input name="text" value="hello" spellcheck="false" /></label>
      <p class="buttons">
        <button type="submit" name="action" value="set" class="main">Set</button>
        <button type="button" name="action" value="get">Get</button>
        <button type="button" name="action" value="inc" aria-label="Increment">+ 1</button>
        <button type="button" name="action" value="dec" aria-label="Decrement">− 1</button>
        <button type="button" name="action" value="clear" class="danger">Clear</button>
      </p>
      <p id="timeout-note" class="note">
        0 seconds: it never expires. Clear deletes every key with this page’s prefix, Python’s too.
      </p>
    </form>
    <div class="slot" role="alert"></div>
    <p class="outcome" role="status"></p>
    <ul class="entries" aria-label="Keys set here"></ul>
    <noscript><p class="empty">Setting keys from this page needs JavaScript.</p></noscript>`;
}

/** @param {Drawn} drawn */
export function fragmentCard({ markup, status, age, milliseconds, expiresIn, problem }) {
  const origins = {
    hit: html`<strong class="badge hit">hit</strong> from the cache, ${age.toFixed(1)} s old`,
    stale: html`<strong class="badge stale">stale</strong> ${age.toFixed(1)} s old: refreshing after
      this answer`,
    miss: html`<strong class="badge miss">miss</strong> drawn anew`,
  };
  // The markup is this Worker's own: whoever writes to the cache is trusted with the page, within its security policy.
  return html` <div class="title">
      <h2 id="fragment-title">A cached fragment</h2>
      ${countdown(expiresIn)}
    </div>
    ${problemBox(problem && { ...problem, message: WITHOUT_CACHE })}
    <figure>
      ${raw(markup)}
      <figcaption>
        <p class="origin">
          ${origins[status]}, <span class="took">in ${duration(milliseconds)}</span>
        </p>
        <p class="note">
          Drawing takes 0.4 s, as a slow database would. A drawing is fresh for ${TIMEOUT} s; for
          ${GRACE} s more it is shown once again while a new one is drawn.
        </p>
        <p class="buttons"><button type="button" id="again">Ask again</button></p>
      </figcaption>
    </figure>`;
}

/** @param {Call[]} calls */
function callsCard(calls) {
  return html` <h2 id="calls-title">Calls</h2>
    <p class="note">
      What the Worker asked of the cache for this page, newest first. The first call of a request
      opens its connection.
    </p>
    <ol class="calls">
      ${calls
        .toReversed()
        .map(
          ({ code, answer, failed, milliseconds }) =>
            html`<li${failed ? html` class="failed"` : null}><code>${code}</code> <samp>${answer}</samp> <span class="took">${duration(milliseconds)}</span></li>`,
        )}
    </ol>`;
}

/** @param {number | null} expiresIn */
function countdown(expiresIn) {
  if (expiresIn === null) return null;
  return html`<span class="countdown"
    >expires in <span class="left">${Math.ceil(expiresIn)} s</span
    ><span class="bar" aria-hidden="true"><span></span></span
  ></span>`;
}

/** @param {Problem | undefined} problem */
function problemBox(problem) {
  if (problem === undefined) return null;
  return html`<div class="problem">
    <strong>${problem.headline}</strong> ${problem.message} <code>${problem.code}</code>
  </div>`;
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  return milliseconds < 1 ? 'under 1 ms' : `${milliseconds} ms`;
}
