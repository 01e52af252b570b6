/**
 * A Worker whose requests name an action and its parameters in the query.
 *
 * @param {Record<string, (parameters: any, env: any, ctx: any) => Promise<unknown>>} actions
 */
export function answer(actions) {
  return {
    /**
     * @param {Request} request
     * @param {any} env
     * @param {any} ctx
     */
    async fetch(request, env, ctx) {
      const { action, ...parameters } = Object.fromEntries(new URL(request.url).searchParams);
      try {
        const run = actions[action ?? ''];
        if (!run) throw new Error(`there is no action ${action}`);
        return Response.json((await run(parameters, env, ctx)) ?? null);
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },
  };
}
