/** The page in the browser: buttons, countdowns, and the list of calls. */

import { ask, problemBox } from './api.js';
import { startKeys } from './keys.js';
import { every, showCountdown } from './countdown.js';

/** How long to wait before asking again for what should have been written anew, in milliseconds. */
const PATIENCE = 1000;

startKeys(document.getElementById('keys'), () => refresh('python'));
for (const id of ['python', 'fragment']) startCard(id);

document.getElementById('fragment').addEventListener('click', ({ target }) => {
  if (target.id === 'again') refresh('fragment');
});

/** Counts a card down, from what the Worker said of its expiry. */
function startCard(id) {
  const card = document.getElementById(id);
  const { expiresIn, timeout } = card.dataset;
  startCountdown(card, expiresIn === undefined ? null : Number(expiresIn), Number(timeout));
  every(() => {
    if (card.expiresAt === null) return;
    const left = (card.expiresAt - performance.now()) / 1000;
    showCountdown(card, left, card.timeout);
    if (left <= 0) expired(id, card);
  });
}

function startCountdown(card, expiresIn, timeout) {
  card.timeout = timeout;
  card.expiresAt = expiresIn === null ? null : performance.now() + expiresIn * 1000;
}

function expired(id, card) {
  card.expiresAt = null;
  // Python writes anew by itself. A fragment is made anew when someone asks for it.
  if (id === 'python') setTimeout(() => refresh('python'), PATIENCE);
  else card.querySelector('.countdown').textContent = 'stale: the next one is shown once more';
}

let attempts = 0;

async function refresh(id) {
  const card = document.getElementById(id);
  const hadFocus = document.activeElement?.id === 'again';
  card.setAttribute('aria-busy', 'true');
  const answer = await ask('GET', id);
  card.removeAttribute('aria-busy');
  if (answer.problem) {
    card.querySelector('.problem')?.remove();
    card.querySelector('.title').after(problemBox(answer.problem));
    return;
  }
  card.innerHTML = answer.html;
  if (hadFocus) document.getElementById('again').focus();
  startCountdown(card, answer.expiresIn, answer.timeout);
  attempts = id === 'python' && answer.expiresIn === null ? attempts + 1 : 0;
  if (attempts > 0 && attempts < 5) setTimeout(() => refresh(id), PATIENCE);
}
