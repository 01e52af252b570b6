/**
 * A Worker whose requests name an action and its parameters in the query.
 *
 * @param {Record<string, (parameters: any, env: any) => Promise<unknown>>} actions
 */
export function answer(actions) {
  return {
    /**
     * @param {Request} request
     * @param {any} env
     */
    async fetch(request, env) {
      const { action, ...parameters } = Object.fromEntries(new URL(request.url).searchParams);
      try {
        const run = actions[action ?? ''];
        if (!run) throw new Error(`there is no action ${action}`);
        return Response.json((await run(parameters, env)) ?? null);
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },
  };
}
