/** Showing how much time is left. */

const works = new Set();

/** Calls `work` now and several times a second. */
export function every(work) {
  works.add(work);
  work();
}

setInterval(() => works.forEach((work) => work()), 200);

/** Sets the text and the bar of a countdown inside of `element`. */
export function showCountdown(element, left, total) {
  const text = element.querySelector('.left');
  if (!text) return;
  text.textContent = `${Math.max(0, Math.ceil(left))} s`;
  const share = Math.min(1, Math.max(0, left / total));
  element.querySelector('.bar > span').style.inlineSize = `${share * 100}%`;
}
