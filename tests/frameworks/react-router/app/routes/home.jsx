import { cache } from '../cache.server.js';

export async function loader() {
  return {
    visits: await cache.inc('visits'),
    made: await cache.getOrSet('made', () => [1, 'b'], 60),
  };
}

export default function Home({ loaderData }) {
  return <p>{JSON.stringify(loaderData)}</p>;
}
