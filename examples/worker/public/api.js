/** Asking the Worker, and showing what it asked of the cache. */

const LONGEST_LIST = 40;

/**
 * Asks the Worker. Never throws: what goes wrong is the answer's `problem`.
 */
export async function ask(method, path, body) {
  const answer = await request(method, path, body);
  showCalls(answer.calls ?? []);
  return answer;
}

async function request(method, path, body) {
  try {
    const response = await fetch(`/api/${path}`, { method, body: body && JSON.stringify(body) });
    return await response.json();
  } catch (error) {
    const headline = 'The Worker does not answer.';
    return { problem: { headline, message: 'Is it still running?', code: error.name } };
  }
}

function showCalls(calls) {
  const list = document.querySelector('.calls');
  for (const { code, answer, failed, milliseconds } of calls) {
    const item = document.createElement('li');
    item.classList.toggle('failed', failed);
    const took = milliseconds < 1 ? 'under 1 ms' : `${milliseconds} ms`;
    item.append(tag('code', code), ' ', tag('samp', answer), ' ', tag('span', took, 'took'));
    list.prepend(item);
  }
  while (list.children.length > LONGEST_LIST) list.lastElementChild.remove();
}

/** An element with text in it. */
export function tag(name, text, className = '') {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** What went wrong, in plain words with its code. */
export function problemBox({ headline, message, code }) {
  const box = tag('div', '', 'problem');
  box.append(tag('strong', headline), ` ${message} `, tag('code', code));
  return box;
}
