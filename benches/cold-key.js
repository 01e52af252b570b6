/**
 * A thousand callers of a cold key in three processes: how often its factory runs, and when the last of them is answered; and
 * once more where the process that computes is killed. Part of `npm run bench -- --layer`.
 */
import { startCallers } from '../tests/layer/callers.js';
import { startSource, TAKES_MS } from '../tests/layer/source.js';

const CALLERS = 1000;
const PROCESSES = 3;
const ROUNDS = 5;
/** Of the lease, where its holder is killed, in seconds. */
const LEASE = 2;
/** What the last answer may take: 1.2 times what the factory takes, and a second; where the holder is killed, its lease. */
const BOUND = 1.2 * TAKES_MS + 1000;

/** @param {string} redisUrl */
export async function measureColdKey(redisUrl) {
  const source = await startSource();
  try {
    console.log(`\ncold key, ${CALLERS} callers            runs   last answer, ms   bound`);
    for (const isKilled of [false, true]) {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round++) {
        rounds.push(await compute(redisUrl, source, `cold:${isKilled}:${round}`, isKilled));
      }
      const runs = Math.max(...rounds.map((each) => each.runs));
      const last = Math.max(...rounds.map((each) => each.last));
      const bound = BOUND + (isKilled ? LEASE * 1000 : 0);
      const title = isKilled ? 'the holder is killed' : 'nobody fails';
      console.log(
        `${title.padEnd(30)} ${String(runs).padStart(7)} ${String(last).padStart(17)} ${String(bound).padStart(7)}`,
      );
    }
  } finally {
    source.stop();
  }
}

/**
 * @param {string} redisUrl
 * @param {import('../tests/layer/source.js').Source} source
 * @param {string} key
 * @param {boolean} isKilled whether the process is whose factory asks the source first
 */
async function compute(redisUrl, source, key, isKilled) {
  const callers = Math.ceil(CALLERS / PROCESSES);
  const task = { redisUrl, sourceUrl: source.url, key, callers, lock: LEASE };
  const processes = await Promise.all(Array.from({ length: PROCESSES }, () => startCallers(task)));
  source.answerIf((who) => {
    if (!isKilled || source.askedFor(key).length > 1) return true;
    processes.find(({ pid }) => pid === who)?.kill();
    return false;
  });
  const results = await Promise.all(processes.map((each) => each.run()));
  const times = results.map((result) => result?.milliseconds ?? 0);
  return { runs: source.askedFor(key).length, last: Math.max(...times) };
}
