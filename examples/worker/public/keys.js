/** The visitor's keys: the form, and the list of what was set with the time each has left. */

import { ask, problemBox, tag } from './api.js';
import { every, showCountdown } from './countdown.js';

/** Where this browser remembers which keys it set: cachelib cannot list keys, nor say how long one lives. */
const REMEMBERED = 'cachelib-edge-example';
const KEYS_AT_ONCE = 5;

/** Key → { expiresAt, total }: when it expires, as Date.now() counts, null for never and undefined for unknown. */
const lives = new Map(JSON.parse(localStorage.getItem(REMEMBERED) ?? '[]'));

let card;
let changed;

/** Makes the card work. `onChange` is called when keys that are not the visitor's may have changed. */
export function startKeys(element, onChange) {
  card = element;
  changed = onChange;
  const form = card.querySelector('form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busy(() => act('set', form));
  });
  form.addEventListener('click', ({ target }) => {
    if (target.type === 'button') busy(() => act(target.value, form));
  });
  every(countDown);
  if (lives.size > 0) look([...lives.keys()]);
}

async function busy(work) {
  card.setAttribute('aria-busy', 'true');
  await work();
  card.removeAttribute('aria-busy');
}

function act(action, form) {
  if (action === 'clear') return clear();
  if (!form.reportValidity()) return null;
  const { key, kind, text, timeout } = Object.fromEntries(new FormData(form));
  if (action === 'set') return set(key, { kind, text, timeout: Number(timeout) });
  return action === 'get' ? get(key) : count(key, action === 'inc' ? 1 : -1);
}

async function set(key, wanted) {
  const answer = await askFor('PUT', key, wanted);
  if (answer.problem) return;
  const { expiresIn } = answer;
  const expiresAt = expiresIn === null ? null : Date.now() + expiresIn * 1000;
  remember(key, { expiresAt, total: expiresIn });
  const [entry] = answer.entries;
  show(entry);
  say(`${entry.name} is set.`);
}

async function get(key) {
  const answer = await askFor('GET', key);
  if (answer.problem) return;
  const [entry] = answer.entries;
  if (entry.value !== null || lives.has(key)) show(entry);
  const { name, value } = entry;
  say(value === null ? `${name} is not in the cache.` : `${name} is ${value.text}`);
}

async function count(key, delta) {
  const answer = await askFor('POST', key, { delta });
  if (answer.problem) return;
  const [entry] = answer.entries;
  // A missing key counts from 0 and never expires; one that is there keeps its expiry.
  if (answer.created) remember(key, { expiresAt: null });
  show(entry);
  say(`${entry.name} is ${entry.value?.text}`);
}

async function remove(key, name) {
  const answer = await askFor('DELETE', key);
  if (answer.problem) return;
  forget(key);
  say(answer.existed ? `${name} is deleted.` : `${name} was gone already.`);
}

async function clear() {
  const answer = await ask('DELETE', 'keys');
  showProblem(answer.problem);
  if (answer.problem) return;
  for (const key of [...lives.keys()]) forget(key);
  card.querySelector('.entries').replaceChildren();
  say('Everything is cleared.');
  changed();
}

/** Asks for keys that a former visit set, or that should have expired: a few at once, since they travel in the URL. */
async function look(keys) {
  for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
    const some = keys.slice(start, start + KEYS_AT_ONCE);
    const query = some.map((key) => `key=${encodeURIComponent(key)}`).join('&');
    const answer = await ask('GET', `keys?${query}`);
    showProblem(answer.problem);
    for (const entry of answer.entries ?? []) show(entry);
  }
}

async function askFor(method, key, body) {
  const answer = await ask(method, `keys?key=${encodeURIComponent(key)}`, body);
  showProblem(answer.problem);
  return answer;
}

function showProblem(problem) {
  card.querySelector('.slot').replaceChildren(...(problem ? [problemBox(problem)] : []));
  if (problem) say('');
}

function say(text) {
  card.querySelector('.outcome').textContent = text;
}

// ---- the list

function show({ key, name, value, stored }) {
  const row = rowOf(key) ?? newRow(key, name);
  row.classList.toggle('gone', value === null);
  row.querySelector('.text').textContent = value === null ? 'null' : value.text;
  row.querySelector('.form').textContent =
    stored === null ? 'not in the cache' : `${stored.form}, ${stored.length} B`;
  if (value === null) lives.delete(key);
  else if (!lives.has(key)) lives.set(key, { expiresAt: undefined });
  save();
  countDown();
}

function rowOf(key) {
  return [...card.querySelectorAll('.entries > li')].find((row) => row.dataset.key === key);
}

function newRow(key, name) {
  const row = document.createElement('li');
  row.dataset.key = key;
  const left = tag('span', '', 'countdown');
  const bar = tag('span', '', 'bar');
  bar.ariaHidden = 'true';
  bar.append(tag('span', ''));
  left.append(tag('span', '', 'left'), bar);
  row.append(tag('code', name, 'name'), tag('code', '', 'text'), tag('span', '', 'form'), left);
  row.append(
    button('+', `Increment ${name}`, () => busy(() => count(key, 1))),
    button('−', `Decrement ${name}`, () => busy(() => count(key, -1))),
    button('×', `Delete ${name}`, () => busy(() => remove(key, name))),
  );
  card.querySelector('.entries').prepend(row);
  return row;
}

function button(text, label, work) {
  const element = tag('button', text, 'small');
  element.type = 'button';
  element.ariaLabel = label;
  element.addEventListener('click', work);
  return element;
}

function countDown() {
  const due = [];
  for (const row of card.querySelectorAll('.entries > li')) {
    const { key } = row.dataset;
    const life = lives.get(key);
    row.querySelector('.bar').hidden = !life?.total;
    if (life?.expiresAt) {
      const left = (life.expiresAt - Date.now()) / 1000;
      showCountdown(row, left, life.total);
      if (left < -0.2) due.push(key);
    } else {
      row.querySelector('.left').textContent = wordsFor(row, life);
    }
  }
  if (due.length === 0) return;
  for (const key of due) lives.set(key, { expiresAt: undefined });
  look(due);
}

function wordsFor(row, life) {
  if (row.classList.contains('gone')) return 'expired';
  return life?.expiresAt === null ? 'never expires' : 'set elsewhere';
}

function remember(key, life) {
  lives.set(key, life);
  save();
}

function forget(key) {
  lives.delete(key);
  rowOf(key)?.remove();
  save();
}

function save() {
  localStorage.setItem(REMEMBERED, JSON.stringify([...lives]));
}
