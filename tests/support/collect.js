/**
 * Collects the cases of one file under a common heading.
 *
 * @param {string} heading
 */
export function collect(heading) {
  /** @type {import('./cases.js').Case[]} */
  const cases = [];
  return {
    cases,
    /**
     * @param {string} name
     * @param {(context: any) => Promise<void>} run
     * @param {{ except?: string[] }} [options]
     */
    test(name, run, options) {
      cases.push({ name: `${heading}: ${name}`, run, ...options });
    },
  };
}
