/** @param {import('astro').APIContext} context */
export async function GET({ session }) {
  const visits = ((await session?.get('visits')) ?? 0) + 1;
  session?.set('visits', visits);
  return Response.json({ visits });
}
